//! [`Index::search`]: which datasets match, in which order, and what to say about them.

mod explain;
mod filters;
mod order;

pub(super) use self::filters::TIME;
use super::answer::{Answer, Basis, Request, Word};
use super::doc::{Facet, Field};
use super::expand::{Alternative, Atom, Slot};
use super::index::{Index, Need, Posting, Wants};
use super::mark::{Marker, holds_phrase, texts};
use super::query::Query;
use super::small::sort;

/// Saturation of BM25F: an impact of this much is worth half of the most.
const SATURATION: f32 = 3.5;
/// Datasets that are offered when none has all words.
const MAX_PARTIAL: usize = 50;
/// Words that stand in one of these together belong together, as in a title.
const TOGETHER: u16 =
    Field::Keyword.bit() | Field::Variable.bit() | Field::Person.bit() | Field::Platform.bit();

/// A document with its score and the fields that matched, in order of documents.
type List = Vec<(u32, f32, u16)>;

struct Candidates {
    /// Documents with all words, or some of them when `partial`.
    list: Vec<(u32, f32)>,
    partial: bool,
    /// The documents of each slot, where `partial`.
    of_slots: Vec<List>,
}

impl Index {
    /// Answers a request, or says which files are needed first.
    ///
    /// # Errors
    /// [`Need`]: fetch the files, give them to [`Index::supply`], ask again.
    pub fn search(&self, request: &Request) -> Result<Answer, Need> {
        self.asking(|wants| self.answer(request, wants))
    }

    fn answer(&self, request: &Request, wants: &Wants) -> Answer {
        let query = &request.query;
        let mut answer = Answer { of: self.len(), ..Answer::default() };
        // Field values that are a facet's value are filters.
        let mut filters = query.filters.clone();
        let (mut as_facets, mut excluded) = (Vec::new(), Vec::new());
        for (at, clause) in query.clauses.iter().enumerate() {
            let Some(facet) = clause.field.and_then(Facet::of) else { continue };
            if let Some(value) = self.facet_value(facet, &clause.text, wants) {
                as_facets.push(at);
                if clause.not {
                    excluded.push((facet, value));
                } else {
                    filters.facets.add(facet, &clause.text);
                }
            }
        }
        let slots = self.slots(query, &as_facets, wants);
        let Candidates { list, partial, of_slots } = self.candidates(query, &slots, &mut answer.words, wants);
        answer.partial = partial;

        let fails = self.failures(&filters, &excluded, wants);
        let basis = Basis { docs: list.iter().map(|one| one.0).collect(), fails, filters };
        let mut kept: Vec<(u32, f32)> = list.into_iter().filter(|(doc, _)| basis.fails(*doc) == 0).collect();
        // Who only counts needs no order.
        if request.limit > 0 {
            self.rerank(&mut kept, &slots, request.offset + request.limit, wants);
            self.sort(&mut kept, request.sort, query, wants);
        }
        if partial {
            kept.truncate(MAX_PARTIAL);
        }
        answer.total = kept.len();
        answer.without_filters = basis.docs.len();
        answer.docs = kept.iter().map(|(doc, _)| *doc).collect();

        let marker = Marker::new(&slots);
        let described = request.described.map_or(request.limit, |most| most.min(request.limit));
        for (doc, score) in kept.iter().skip(request.offset).take(described) {
            if let Some(mut hit) = self.hit(*doc, *score, &marker, request.brief, wants) {
                if partial {
                    hit.missing = missing(*doc, &slots, &of_slots);
                }
                answer.hits.push(hit);
            }
        }
        answer.basis = basis;
        self.corrections(&slots, &mut answer, wants);
        answer
    }

    /// Documents by words alone.
    fn candidates(&self, query: &Query, slots: &[Slot], words: &mut Vec<Word>, wants: &Wants) -> Candidates {
        let n = self.len();
        let (mut score, mut seen, mut titles) = (vec![0.0_f32; n], vec![0_u8; n], vec![0_u8; n]);
        let (mut banned, mut common) = (vec![false; n], vec![u16::MAX; n]);
        let mut of_slots = Vec::new();
        let required = slots.iter().filter(|slot| !slot.soft && !slot.not).count();
        for slot in slots {
            let list = self.slot(slot, wants);
            if slot.not {
                list.iter().for_each(|one| banned[one.0 as usize] = true);
                of_slots.push(Vec::new());
                continue;
            }
            words.push(Word { text: slot.text.clone(), datasets: list.len(), soft: slot.soft });
            let share = if slot.soft { 0.5 } else { 1.0 };
            for &(doc, points, mask) in &list {
                let doc = doc as usize;
                score[doc] += points * share;
                if !slot.soft {
                    seen[doc] += 1;
                    titles[doc] += u8::from(mask & Field::Title.bit() != 0);
                    common[doc] &= mask;
                }
            }
            of_slots.push(list);
        }
        let mut found_by_id = Vec::new();
        if !query.ids.is_empty()
            && let Some(ids) = self.ids(wants)
        {
            for id in &query.ids {
                for (low, high) in super::ids::query_keys(id) {
                    found_by_id.extend(ids.find(low, high));
                }
            }
            sort(&mut found_by_id, |a: &u32, b| a.cmp(b));
            found_by_id.dedup();
        }
        let live = |doc: usize| !banned[doc];
        if !query.is_ranked() || (required == 0 && query.ids.is_empty()) {
            return Candidates {
                list: (0..n).filter(|doc| live(*doc)).map(|doc| (doc as u32, 0.0)).collect(),
                partial: false,
                of_slots,
            };
        }
        let boost = |doc: usize, points: f32| {
            let share = f32::from(titles[doc]) / required.max(1) as f32;
            let together = required > 1 && seen[doc] as usize == required && common[doc] & TOGETHER != 0;
            points * (1.0 + 0.4 * share * share + if together { 0.15 } else { 0.0 })
        };
        if !query.ids.is_empty() {
            let list = found_by_id.into_iter().filter(|doc| live(*doc as usize));
            let list: Vec<(u32, f32)> = list.map(|doc| (doc, 100.0 + score[doc as usize])).collect();
            return Candidates { list, partial: false, of_slots };
        }
        let all = |doc: &usize| live(*doc) && seen[*doc] as usize == required;
        let list: Vec<(u32, f32)> =
            (0..n).filter(all).map(|doc| (doc as u32, boost(doc, score[doc]))).collect();
        if !list.is_empty() || required < 2 {
            return Candidates { list, partial: false, of_slots };
        }
        // Nothing has all words: those with most of what is rare.
        let some = (0..n).filter(|doc| live(*doc) && seen[*doc] > 0);
        let share = |doc: usize| f32::from(seen[doc]) / required as f32;
        let list = some.map(|doc| (doc as u32, boost(doc, score[doc]) * share(doc))).collect();
        Candidates { list, partial: true, of_slots }
    }

    /// The documents of a slot: the best of its alternatives.
    fn slot(&self, slot: &Slot, wants: &Wants) -> List {
        let mut all: List = Vec::new();
        for alternative in &slot.alternatives {
            let list = self.alternative(alternative, slot, wants);
            all = if all.is_empty() { list } else { merge_best(&all, &list) };
        }
        if let Some(phrase) = &slot.phrase
            && phrase.len() > 1
        {
            all = self.with_phrase(all, phrase, slot.mask, wants);
        }
        all
    }

    fn alternative(&self, alternative: &Alternative, slot: &Slot, wants: &Wants) -> List {
        let mut all: Option<List> = None;
        for atom in &alternative.atoms {
            let list = self.atom_list(atom, slot.mask, wants);
            all = Some(match all {
                None => list,
                Some(all) => intersect(&all, &list, slot.phrase.is_some()),
            });
        }
        let mut all = all.unwrap_or_default();
        all.iter_mut().for_each(|one| one.1 *= alternative.scale);
        all
    }

    /// The documents of an atom: the best of its terms, all weighed by how rare they are together.
    fn atom_list(&self, atom: &Atom, mask: u16, wants: &Wants) -> List {
        let points = |weight: f32, posting: Posting| weight * posting.impact / (posting.impact + SATURATION);
        let wanted = |posting: &Posting| mask == 0 || posting.mask & mask != 0;
        let mut list: List = Vec::new();
        if let [fit] = &atom.fits[..] {
            self.visit(fit.value, wants, |posting| {
                if wanted(&posting) {
                    list.push((posting.doc, points(fit.weight, posting), posting.mask));
                }
            });
        } else {
            // The lists of many terms meet in a table, which is cheaper than sorting them.
            let mut table = vec![(0.0_f32, 0_u16); self.len()];
            for fit in &atom.fits {
                self.visit(fit.value, wants, |posting| {
                    if wanted(&posting) {
                        let cell = &mut table[posting.doc as usize];
                        *cell = (cell.0.max(points(fit.weight, posting)), cell.1 | posting.mask);
                    }
                });
            }
            let found = table.iter().enumerate().filter(|(_, cell)| cell.0 > 0.0);
            list.extend(found.map(|(doc, cell)| (doc as u32, cell.0, cell.1)));
        }
        let (n, found) = (self.len() as f32, list.len() as f32);
        let rarity = (1.0 + (n - found + 0.5) / (found + 0.5)).ln().max(0.05) + 0.25;
        list.iter_mut().for_each(|one| one.1 *= rarity);
        list
    }

    /// Those whose text holds the phrase, or, where texts are in other files, each two words of it beside each other.
    fn with_phrase(&self, mut list: List, phrase: &[String], mask: u16, wants: &Wants) -> List {
        if !self.is_whole() {
            for two in phrase.windows(2) {
                if let Some(holders) = self.pair(&two[0], &two[1], wants) {
                    list = intersect(&list, &holders, true);
                }
            }
            list.retain(|one| mask == 0 || one.2 & mask != 0);
            return list;
        }
        list.retain(|one| {
            // Where the text is not to be had (affiliations, long summaries), words in one field must do.
            let text = self.record_or_want(one.0, wants).zip(self.details_or_want(one.0, wants));
            let hidden = one.2 & (Field::Name.bit() | Field::Units.bit()) != 0;
            text.is_none_or(|(record, details)| {
                hidden || texts(&record, &details, mask).iter().any(|text| holds_phrase(text, phrase))
            })
        });
        list
    }
}

/// The words that a document does not have.
fn missing(doc: u32, slots: &[Slot], of_slots: &[List]) -> Vec<String> {
    let absent = slots.iter().zip(of_slots).filter(|(slot, list)| {
        !slot.soft && !slot.not && list.binary_search_by(|one| one.0.cmp(&doc)).is_err()
    });
    absent.map(|(slot, _)| slot.text.clone()).collect()
}

fn merge_best(a: &List, b: &List) -> List {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                out.push((x.0, x.1.max(y.1), x.2 | y.2));
                i += 1;
                j += 1;
            }
            (Some(x), Some(y)) if x.0 > y.0 => {
                out.push(*y);
                j += 1;
            }
            (Some(x), _) => {
                out.push(*x);
                i += 1;
            }
            (None, Some(y)) => {
                out.push(*y);
                j += 1;
            }
            (None, None) => break,
        }
    }
    out
}

fn intersect(a: &List, b: &List, same_field: bool) -> List {
    let mut out = Vec::new();
    let mut j = 0;
    for x in a {
        while b.get(j).is_some_and(|y| y.0 < x.0) {
            j += 1;
        }
        if let Some(y) = b.get(j).filter(|y| y.0 == x.0)
            && (!same_field || x.2 & y.2 != 0)
        {
            out.push((x.0, x.1 + y.1, if same_field { x.2 & y.2 } else { x.2 | y.2 }));
        }
    }
    out
}
