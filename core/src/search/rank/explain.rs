//! What is said about hits: where they matched, and what a word may have meant.

use super::super::answer::{Answer, Correction, Hit};
use super::super::expand::Slot;
use super::super::index::{Index, Wants};
use super::super::mark::{Marker, texts};
use super::super::text;

/// Variables that are named in a hit.
const VARIABLES_SHOWN: usize = 3;

impl Index {
    pub(super) fn hit(
        &self,
        doc: u32,
        score: f32,
        marker: &Marker,
        brief: bool,
        wants: &Wants,
    ) -> Option<Hit> {
        let record = self.record_or_want(doc, wants)?;
        let details = if brief { self.details(doc) } else { self.details_or_want(doc, wants) };
        let brief = details.is_none();
        let details = details.unwrap_or_default();
        let (matched, n_variables) = marker.matched(&record, &details, VARIABLES_SHOWN);
        Some(Hit {
            doc,
            score,
            title: marker.marks(record.title),
            matched,
            more_variables: n_variables.saturating_sub(VARIABLES_SHOWN),
            snippet: marker.snippet(details.summary, 170),
            missing: Vec::new(),
            brief,
        })
    }

    /// What was meant, for words that only a typo explains, and what is near to words that nothing explains.
    pub(super) fn corrections(&self, slots: &[Slot], answer: &mut Answer, wants: &Wants) {
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
    pub(in super::super) fn surface(&self, term: &str) -> Option<String> {
        let wants = Wants::default();
        let value = self.value(term, &wants)?;
        let mut first = None;
        self.visit(value, &wants, |posting| first = first.or(Some(posting.doc)));
        let (record, details) = (self.record(first?)?, self.details(first?).unwrap_or_default());
        let mut found = None;
        for source in texts(&record, &details, 0) {
            text::visit(source, |token| {
                if found.is_none() && text::term(&token.word) == term {
                    let word = source[token.start..token.end].chars();
                    found = Some(word.flat_map(char::to_lowercase).collect());
                }
            });
            if found.is_some() {
                break;
            }
        }
        found
    }
}
