//! How pins replace one another: [`Family`] is all pins that `meta.prev` ties together.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::cid::Cid;
use pinfold_core::finding::Severity;

use super::Pinlist;

/// Pins that `meta.prev` ties together: a chain, or a tree where two pins replace the same one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family {
    /// Indices into [`Pinlist::pins`], a pin always after the one that it replaces.
    pub oldest_first: Vec<usize>,
    /// The ones that no pin replaces: one in a chain. Ascending.
    pub heads: Vec<usize>,
}

impl Family {
    /// Whether the pin is the newest of its chain.
    #[must_use]
    pub fn is_head(&self, pin: usize) -> bool {
        self.heads.binary_search(&pin).is_ok()
    }
}

impl Pinlist {
    /// Follows `prev` and reports what is missing, cyclic or forked. Linear in the number of pins.
    pub(super) fn find_families(&mut self, index_of: &BTreeMap<Cid, usize>) {
        let count = self.pins.len();
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut previous: Vec<Option<usize>> =
            self.pins.iter().map(|pin| pin.prev.and_then(|prev| index_of.get(&prev).copied())).collect();
        let missing: Vec<(usize, Cid)> = (0..count)
            .filter(|&index| previous[index].is_none())
            .filter_map(|index| self.pins[index].prev.map(|prev| (index, prev)))
            .collect();
        for (index, prev) in missing {
            self.missing(index, prev);
        }
        self.cut_cycles(&mut previous);
        for (index, prev) in previous.iter().enumerate() {
            if let Some(prev) = *prev {
                next[prev].push(index);
            }
        }
        for (index, replaced_by) in next.iter().enumerate() {
            if replaced_by.len() > 1 {
                self.fork(index, replaced_by);
            }
        }
        // Breadth first from every pin that replaces none.
        let mut families = Vec::new();
        for root in (0..count).filter(|&index| previous[index].is_none()) {
            let mut oldest_first = vec![root];
            let mut at = 0;
            while at < oldest_first.len() {
                oldest_first.extend_from_slice(&next[oldest_first[at]]);
                at += 1;
            }
            let mut heads: Vec<usize> =
                oldest_first.iter().copied().filter(|&index| next[index].is_empty()).collect();
            heads.sort_unstable();
            families.push(Family { oldest_first, heads });
        }
        self.families = families;
    }

    fn missing(&mut self, index: usize, prev: Cid) {
        let pin = &self.pins[index];
        let (at, label) = (pin.prev_at, pin.label());
        let message = format!("the pin that this one replaces, {prev}, is not in the list");
        self.note(
            Severity::Warning,
            "prev-missing",
            at,
            Some(&label),
            message,
            "add the older pin again (a pinlist is append-only), or remove `prev`",
        );
    }

    /// In a ring of pins the one that comes last in the file is taken as the newest: what replaces it is ignored.
    fn cut_cycles(&mut self, previous: &mut [Option<usize>]) {
        // 0: not seen, otherwise the number of the walk that saw it first.
        let mut seen = vec![0_usize; previous.len()];
        for start in 0..previous.len() {
            let mut at = start;
            while seen[at] == 0 {
                seen[at] = start + 1;
                match previous[at] {
                    Some(prev) => at = prev,
                    None => break,
                }
            }
            if seen[at] != start + 1 || previous[at].is_none() {
                continue;
            }
            // The walk came back to itself.
            let mut ring = BTreeSet::from([at]);
            let mut inner = previous[at];
            while let Some(index) = inner.filter(|&index| index != at) {
                ring.insert(index);
                inner = previous[index];
            }
            let Some(&newest) = ring.last() else { continue };
            let Some(&cut) = ring.iter().find(|&&index| previous[index] == Some(newest)) else { continue };
            previous[cut] = None;
            let names: Vec<String> =
                ring.iter().take(5).map(|&index| format!("`{}`", self.pins[index].label())).collect();
            let more = if ring.len() > 5 { format!(" and {} more", ring.len() - 5) } else { String::new() };
            let (at, label) = (self.pins[cut].prev_at, self.pins[cut].label());
            let message = if ring.len() == 1 {
                "this pin is said to replace itself".to_owned()
            } else {
                format!(
                    "these pins replace one another in a circle: {}{more}; `{}`, the last in the file, counts as the newest",
                    names.join(", "),
                    self.pins[newest].label()
                )
            };
            self.note(
                Severity::Error,
                "prev-cycle",
                at,
                Some(&label),
                message,
                "remove `prev` from the oldest of them",
            );
        }
    }

    fn fork(&mut self, index: usize, replaced_by: &[usize]) {
        let names: Vec<String> = replaced_by
            .iter()
            .map(|&index| format!("`{}` (line {})", self.pins[index].label(), self.pins[index].line))
            .take(5)
            .collect();
        let Some(&last) = replaced_by.last() else { return };
        let (at, label) = (self.pins[last].prev_at, self.pins[last].label());
        let message = format!(
            "`{}` is replaced by {} pins: {}; all of them count as current",
            self.pins[index].label(),
            replaced_by.len(),
            names.join(", ")
        );
        self.note(
            Severity::Warning,
            "prev-fork",
            at,
            Some(&label),
            message,
            "let the newest name the one before it as `prev`, so that one chain remains",
        );
    }
}
