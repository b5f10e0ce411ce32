//! [`Index::search`]: which datasets match, in which order, and what to say about them.

use super::answer::{Answer, Correction, FacetCount, FacetCounts, Histogram, Hit, Request, Sort, Word};
use super::columns::ExtentRow;
use super::dates::Day;
use super::doc::{Facet, Field};
use super::expand::{Alternative, Atom, Slot};
use super::index::{Index, Need, Wants};
use super::mark::{Marker, holds_phrase, texts};
use super::query::Query;
use super::small::sort;
use super::text;

/// Saturation of BM25F: an impact of this much is worth half of the most.
const SATURATION: f32 = 3.5;
/// Best hits whose titles are read for the last order; as many as one page where records are fetched.
const RERANK: usize = 120;
/// Datasets that are offered when none has all words.
const MAX_PARTIAL: usize = 50;
/// Candidates whose texts are read for a phrase where records must be fetched.
const MAX_PHRASE: usize = 128;
/// Variables that are named in a hit.
const VARIABLES_SHOWN: usize = 3;

/// Bits of a failed time range and box, beside those of the facets.
const TIME: u16 = 1 << 14;
const BBOX: u16 = 1 << 15;

/// A document with its score and the fields that matched, in order of documents.
type List = Vec<(u32, f32, u16)>;

struct Candidates {
    /// Documents with all words, or some of them when `partial`.
    list: Vec<(u32, f32)>,
    partial: bool,
}

impl Index {
    /// Answers a request, or says which files are needed first.
    ///
    /// # Errors
    /// [`Need`]: fetch the files, give them to [`Index::supply`], ask again.
    pub fn search(&self, request: &Request) -> Result<Answer, Need> {
        let wants = Wants::default();
        let answer = self.answer(request, &wants);
        match self.need(&wants) {
            Some(need) => Err(need),
            None => Ok(answer),
        }
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
                    filters.facets.entry(facet).or_default().insert(clause.text.clone());
                }
            }
        }
        let slots = self.slots(query, &as_facets, wants);
        let Candidates { list, partial } = self.candidates(query, &slots, &mut answer.words, wants);
        answer.partial = partial;

        let fails = self.failures(&filters, &excluded, wants);
        let fails_of = |doc: u32| fails.get(doc as usize).copied().unwrap_or(0);
        let mut kept: Vec<(u32, f32)> = list.iter().copied().filter(|(doc, _)| fails_of(*doc) == 0).collect();
        self.rerank(&mut kept, &slots, request.offset + request.limit, wants);
        self.sort(&mut kept, request.sort, query, wants);
        if partial {
            kept.truncate(MAX_PARTIAL);
        }
        answer.total = kept.len();
        answer.without_filters = list.len();
        answer.docs = kept.iter().map(|(doc, _)| *doc).collect();

        let marker = Marker::new(&slots);
        for (doc, score) in kept.iter().skip(request.offset).take(request.limit) {
            if let Some(hit) = self.hit(*doc, *score, &slots, &marker, partial, wants) {
                answer.hits.push(hit);
            }
        }
        if request.facets {
            answer.facets = self.facet_counts(&list, &filters, &fails, wants);
        }
        if request.histogram_bins > 0 {
            answer.histogram = self.histogram(&list, &fails, request.histogram_bins, wants);
        }
        self.corrections(&slots, &mut answer, wants);
        answer
    }

    /// Documents by words alone.
    fn candidates(&self, query: &Query, slots: &[Slot], words: &mut Vec<Word>, wants: &Wants) -> Candidates {
        let n = self.len();
        let (mut score, mut seen, mut titles) = (vec![0.0_f32; n], vec![0_u8; n], vec![0_u8; n]);
        let mut banned = vec![false; n];
        let required = slots.iter().filter(|slot| !slot.soft && !slot.not).count();
        for slot in slots {
            let list = self.slot(slot, wants);
            if slot.not {
                list.iter().for_each(|one| banned[one.0 as usize] = true);
                continue;
            }
            words.push(Word { text: slot.text.clone(), datasets: list.len(), soft: slot.soft });
            let share = if slot.soft { 0.5 } else { 1.0 };
            for (doc, points, mask) in list {
                let doc = doc as usize;
                score[doc] += points * share;
                if !slot.soft {
                    seen[doc] += 1;
                    titles[doc] += u8::from(mask & Field::Title.bit() != 0);
                }
            }
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
            };
        }
        let boost = |doc: usize, points: f32| {
            let share = f32::from(titles[doc]) / required.max(1) as f32;
            points * (1.0 + 0.4 * share * share)
        };
        if !query.ids.is_empty() {
            let list = found_by_id.into_iter().filter(|doc| live(*doc as usize));
            let list: Vec<(u32, f32)> = list.map(|doc| (doc, 100.0 + score[doc as usize])).collect();
            return Candidates { list, partial: false };
        }
        let all = |doc: &usize| live(*doc) && seen[*doc] as usize == required;
        let list: Vec<(u32, f32)> =
            (0..n).filter(all).map(|doc| (doc as u32, boost(doc, score[doc]))).collect();
        if !list.is_empty() || required < 2 {
            return Candidates { list, partial: false };
        }
        // Nothing has all words: those with most of what is rare.
        let some = (0..n).filter(|doc| live(*doc) && seen[*doc] > 0);
        let share = |doc: usize| f32::from(seen[doc]) / required as f32;
        let list = some.map(|doc| (doc as u32, boost(doc, score[doc]) * share(doc))).collect();
        Candidates { list, partial: true }
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
        let mut list: List = Vec::new();
        for fit in &atom.fits {
            self.visit(fit.value, wants, |posting| {
                if mask == 0 || posting.mask & mask != 0 {
                    let points = fit.weight * posting.impact / (posting.impact + SATURATION);
                    list.push((posting.doc, points, posting.mask));
                }
            });
        }
        if atom.fits.len() > 1 {
            sort(&mut list, |a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            list.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.2 |= next.2;
                }
                same
            });
        }
        let (n, found) = (self.len() as f32, list.len() as f32);
        let rarity = (1.0 + (n - found + 0.5) / (found + 0.5)).ln().max(0.05) + 0.25;
        list.iter_mut().for_each(|one| one.1 *= rarity);
        list
    }

    /// Those whose text holds the phrase.
    fn with_phrase(&self, mut list: List, phrase: &[String], mask: u16, wants: &Wants) -> List {
        if !self.is_whole() && list.len() > MAX_PHRASE {
            sort(&mut list, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            list.truncate(MAX_PHRASE);
            sort(&mut list, |a, b| a.0.cmp(&b.0));
        }
        list.retain(|one| {
            // Where the text is not to be had (affiliations, long summaries), words in one field must do.
            let record = self.record_or_want(one.0, wants);
            let hidden = one.2 & (Field::Name.bit() | Field::Units.bit()) != 0;
            record.is_none_or(|record| {
                hidden || texts(&record, mask).iter().any(|text| holds_phrase(text, phrase))
            })
        });
        list
    }

    /// For every dataset, the filters that it fails as bits; empty when there is no filter.
    fn failures(&self, filters: &super::Filters, excluded: &[(Facet, u32)], wants: &Wants) -> Vec<u16> {
        if filters.is_empty() && excluded.is_empty() {
            return Vec::new();
        }
        let mut fails = vec![0_u16; self.len()];
        for (facet, values) in &filters.facets {
            let Some(column) = self.facet(*facet, wants) else { continue };
            let wanted: Vec<u32> =
                values.iter().filter_map(|value| self.facet_value(*facet, value, wants)).collect();
            for (doc, fail) in fails.iter_mut().enumerate() {
                if !column.of(doc as u32).iter().any(|id| wanted.contains(id)) {
                    *fail |= 1 << *facet as u16;
                }
            }
        }
        for (facet, value) in excluded {
            let Some(column) = self.facet(*facet, wants) else { continue };
            for (doc, fail) in fails.iter_mut().enumerate() {
                if column.of(doc as u32).contains(value) {
                    *fail |= 1 << *facet as u16;
                }
            }
        }
        if (filters.time.is_some() || filters.bbox.is_some())
            && let Some(extents) = self.extents(wants)
        {
            for (row, fail) in extents.rows.iter().zip(&mut fails) {
                if filters.time.is_some_and(|range| !meets(row, range)) {
                    *fail |= TIME;
                }
                if filters.bbox.is_some_and(|bbox| !overlaps(row, bbox)) {
                    *fail |= BBOX;
                }
            }
        }
        fails
    }

    /// Titles that say what was asked for come first.
    fn rerank(&self, list: &mut Vec<(u32, f32)>, slots: &[Slot], shown: usize, wants: &Wants) {
        // Whole thousandths: machines may differ in the last bits of a logarithm, but not in the order.
        let round = |points: f32| (points * 1024.0).round() / 1024.0;
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        list.iter_mut().for_each(|one| one.1 = round(one.1));
        sort(list, order);
        let words: Vec<&Slot> = slots.iter().filter(|slot| !slot.not).collect();
        if words.is_empty() {
            return;
        }
        let pool = list.len().min(if self.is_whole() { RERANK.max(shown) } else { shown.max(10) });
        let marker = Marker::new(slots);
        let phrase: Vec<String> =
            words.iter().flat_map(|slot| slot.text.split(' ')).map(text::term).collect();
        for one in &mut list[..pool] {
            let Some(record) = self.record_or_want(one.0, wants) else { continue };
            let marks = marker.marks(record.title);
            let mut all = 0_usize;
            text::visit(record.title, |token| {
                all += usize::from(!token.joined && !text::is_stop(&token.word))
            });
            let covered = marks.len() as f32 / all.max(1) as f32;
            let mut factor = 1.0 + 0.35 * covered.min(1.0);
            if phrase.len() > 1 && !marks.is_empty() && holds_phrase(record.title, &phrase) {
                factor += 0.4;
                if all == phrase.len() {
                    factor += 3.0;
                }
            } else if phrase.len() > 1 {
                let mask = Field::Keyword.bit()
                    | Field::Variable.bit()
                    | Field::Person.bit()
                    | Field::Platform.bit();
                if texts(&record, mask).iter().any(|text| holds_phrase(text, &phrase)) {
                    factor += 0.25;
                }
            }
            one.1 = round(one.1 * factor);
        }
        // Titles only raise, so the others stay behind those of the pool; a page of fetched records may not.
        let mut best: Vec<(u32, f32)> = list.drain(..pool).collect();
        sort(&mut best, order);
        list.splice(0..0, best);
    }

    fn sort(&self, list: &mut Vec<(u32, f32)>, by: Sort, query: &Query, wants: &Wants) {
        let by_date = |list: &mut Vec<(u32, f32)>, key: &dyn Fn(&ExtentRow) -> Option<Day>| {
            let Some(extents) = self.extents(wants) else { return };
            let key = |doc: u32| {
                extents.rows.get(doc as usize).and_then(key).map_or(i64::MAX, |day| -i64::from(day))
            };
            sort(list, |a, b| (key(a.0), a.0).cmp(&(key(b.0), b.0)));
        };
        match by {
            Sort::Relevance if query.is_ranked() => {}
            Sort::Relevance | Sort::Title => sort(list, |a, b| a.0.cmp(&b.0)),
            Sort::NewestData => by_date(list, &|row| row.time.map(|(_, end)| end)),
            Sort::NewestPublication => by_date(list, &|row| row.published),
        }
    }

    fn hit(
        &self,
        doc: u32,
        score: f32,
        slots: &[Slot],
        marker: &Marker,
        partial: bool,
        wants: &Wants,
    ) -> Option<Hit> {
        let record = self.record_or_want(doc, wants)?;
        let (matched, n_variables) = marker.matched(&record, VARIABLES_SHOWN);
        let missing = if partial {
            let absent = |slot: &&Slot| {
                !slot.soft && !slot.not && !self.slot(slot, wants).iter().any(|one| one.0 == doc)
            };
            slots.iter().filter(absent).map(|slot| slot.text.clone()).collect()
        } else {
            Vec::new()
        };
        Some(Hit {
            doc,
            score,
            title: marker.marks(record.title),
            matched,
            more_variables: n_variables.saturating_sub(VARIABLES_SHOWN),
            snippet: marker.snippet(record.summary, 170),
            missing,
        })
    }

    /// Counts of every facet under all filters but its own.
    fn facet_counts(
        &self,
        list: &[(u32, f32)],
        filters: &super::Filters,
        fails: &[u16],
        wants: &Wants,
    ) -> Vec<FacetCounts> {
        let mut out = Vec::new();
        for facet in Facet::ALL {
            let Some(column) = self.facet(facet, wants) else { continue };
            let own = 1 << facet as u16;
            let mut counts = vec![0_usize; column.values.len()];
            for (doc, _) in list {
                if fails.get(*doc as usize).copied().unwrap_or(0) & !own == 0 {
                    column.of(*doc).iter().for_each(|id| counts[*id as usize] += 1);
                }
            }
            let chosen: Vec<u32> = filters
                .facets
                .get(&facet)
                .into_iter()
                .flatten()
                .filter_map(|value| self.facet_value(facet, value, wants))
                .collect();
            let mut values: Vec<FacetCount> = (0..column.values.len())
                .map(|at| FacetCount {
                    value: column.values[at].clone(),
                    count: counts[at],
                    of: column.counts[at] as usize,
                    chosen: chosen.contains(&(at as u32)),
                })
                .collect();
            sort(&mut values, |a, b| (b.chosen, b.count, b.of).cmp(&(a.chosen, a.count, a.of)));
            out.push(FacetCounts { facet, values });
        }
        out
    }

    /// Datasets with data in each of `bins` equal spans: all, and the hits without their time filter.
    fn histogram(&self, list: &[(u32, f32)], fails: &[u16], bins: usize, wants: &Wants) -> Option<Histogram> {
        let extents = self.extents(wants)?;
        let (start, end) = self.time()?;
        let days = i64::from(end) - i64::from(start) + 1;
        let bins = bins.min(days.max(1) as usize).min(2000);
        let bin_of = |day: Day| {
            (((i64::from(day) - i64::from(start)).clamp(0, days - 1)) * bins as i64 / days) as usize
        };
        let count = |docs: &mut dyn Iterator<Item = u32>| {
            // Steps up and down, then their running sum.
            let mut steps = vec![0_i64; bins + 1];
            for doc in docs {
                if let Some((from, to)) = extents.rows.get(doc as usize).and_then(|row| row.time) {
                    steps[bin_of(from)] += 1;
                    steps[bin_of(to) + 1] -= 1;
                }
            }
            let mut sum = 0;
            steps[..bins]
                .iter()
                .map(|step| {
                    sum += step;
                    sum.max(0) as usize
                })
                .collect::<Vec<_>>()
        };
        let all = count(&mut (0..self.len() as u32));
        let here = |doc: &u32| fails.get(*doc as usize).copied().unwrap_or(0) & !TIME == 0;
        let hits = count(&mut list.iter().map(|one| one.0).filter(here));
        Some(Histogram { start, end, all, hits })
    }

    /// What was meant, for words that only a typo explains, and what is near to words that nothing explains.
    fn corrections(&self, slots: &[Slot], answer: &mut Answer, wants: &Wants) {
        for slot in slots.iter().filter(|slot| !slot.not) {
            let typo = slot.alternatives.iter().flat_map(|one| &one.atoms).find(|atom| atom.typo);
            let near: Vec<(String, u32)> = if slot.is_unknown() {
                slot.text.split(' ').flat_map(|word| self.nearest(word, wants)).collect()
            } else if let Some(atom) = typo.filter(|_| slot.alternatives.len() == 1) {
                let known = atom.fits.iter().take(1);
                known.map(|fit| (fit.term.clone(), self.frequency(fit.value, wants))).collect()
            } else {
                continue;
            };
            for (term, count) in near {
                let meant = self.surface(&term).unwrap_or(term);
                answer.corrections.push(Correction {
                    typed: slot.text.clone(),
                    meant,
                    datasets: count as usize,
                });
            }
        }
    }

    /// How a term is written in the first record that has it, where that is loaded.
    fn surface(&self, term: &str) -> Option<String> {
        let wants = Wants::default();
        let value = self.value(term, &wants)?;
        let mut first = None;
        self.visit(value, &wants, |posting| first = first.or(Some(posting.doc)));
        let record = self.record(first?)?;
        let mut found = None;
        for source in texts(&record, 0) {
            text::visit(source, |token| {
                if found.is_none() && text::term(&token.word) == term {
                    found = Some(source[token.start..token.end].to_lowercase());
                }
            });
            if found.is_some() {
                break;
            }
        }
        found
    }
}

fn meets(row: &ExtentRow, (start, end): (Day, Day)) -> bool {
    row.time.is_some_and(|(first, last)| first <= end && last >= start)
}

/// Whether a dataset's box meets `[west, south, east, north]`; either may cross the antimeridian.
fn overlaps(row: &ExtentRow, bbox: [f64; 4]) -> bool {
    let Some(own) = row.bbox else { return false };
    let [w, s, e, n] = own.map(|side| f64::from(side) / 100.0);
    if s > bbox[3] || n < bbox[1] {
        return false;
    }
    let spans = |west: f64, east: f64| -> [Option<(f64, f64)>; 2] {
        if (west <= east && east - west >= 360.0) || !(west.is_finite() && east.is_finite()) {
            return [Some((-180.0, 180.0)), None];
        }
        let wrap = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
        let (west, east_wrapped) = (wrap(west), wrap(east));
        // 180 is an eastern edge, not the western one.
        let east = if east_wrapped == -180.0 { 180.0 } else { east_wrapped };
        if west <= east { [Some((west, east)), None] } else { [Some((west, 180.0)), Some((-180.0, east))] }
    };
    let mine = spans(w, e);
    spans(bbox[0], bbox[2])
        .into_iter()
        .flatten()
        .any(|a| mine.iter().flatten().any(|b| a.0 <= b.1 && a.1 >= b.0))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_the_antimeridian() {
        let row = |w: i32, s: i32, e: i32, n: i32| ExtentRow {
            bbox: Some([w * 100, s * 100, e * 100, n * 100]),
            ..Default::default()
        };
        let pacific = row(170, -10, -170, 10);
        let atlantic = row(-60, 0, -20, 20);
        assert!(overlaps(&pacific, [175.0, 0.0, 179.0, 5.0]));
        assert!(overlaps(&pacific, [-179.0, 0.0, -175.0, 5.0]));
        assert!(overlaps(&pacific, [160.0, 0.0, -160.0, 5.0]));
        assert!(!overlaps(&pacific, [-160.0, 0.0, 160.0, 5.0]));
        assert!(!overlaps(&pacific, [175.0, 20.0, 179.0, 30.0]));
        assert!(overlaps(&atlantic, [-180.0, -90.0, 180.0, 90.0]));
        assert!(overlaps(&atlantic, [300.0, 0.0, 340.0, 1.0]), "0 to 360 degrees");
        assert!(!overlaps(&atlantic, [170.0, 0.0, -170.0, 1.0]));
        assert!(!overlaps(&ExtentRow::default(), [-180.0, -90.0, 180.0, 90.0]), "unknown is not everywhere");
    }
}
