//! Which datasets are versions of one another: [`Histories`].
//!
//! Along a family of pins, the datasets at one path are versions of one dataset. A dataset that appears
//! at several paths or in several families joins their histories, so that a series survives renames.

use std::collections::{BTreeMap, HashMap};

use pinfold_core::cid::Cid;
use pinfold_core::model::{PinRef, Version};

use crate::pinlist::{Family, Pin, Pinlist};

/// A dataset at a path below a pin.
#[derive(Debug, Clone)]
pub(super) struct Sighting {
    /// Index of the pin.
    pub(super) pin: usize,
    /// Path below it.
    pub(super) path: String,
}

/// All sightings of all datasets, and the series they make.
#[derive(Debug, Default)]
pub(super) struct Histories {
    /// Of every dataset, where it was seen, newest pin first.
    pub(super) sightings: BTreeMap<Cid, Vec<Sighting>>,
    /// The place of a pin in time: a pin has a higher rank than the one that it replaces.
    rank: Vec<usize>,
    /// Which pins no other replaces.
    head: Vec<bool>,
    /// The series of a dataset: index into `series`.
    series_of: HashMap<Cid, usize>,
    /// Datasets from the first to the newest version.
    series: Vec<Vec<Cid>>,
}

impl Histories {
    /// Puts together what was found: `found[pin]` are the datasets below a pin.
    pub(super) fn new(list: &Pinlist, found: &[Vec<(String, Cid)>]) -> Self {
        let (rank, head) = ranks(list);
        let mut sightings: BTreeMap<Cid, Vec<Sighting>> = BTreeMap::new();
        let mut joined = Groups::default();
        for family in list.families() {
            join_versions(family, found, &mut joined);
        }
        for (pin, datasets) in found.iter().enumerate() {
            for (path, cid) in datasets {
                joined.find(*cid);
                sightings.entry(*cid).or_default().push(Sighting { pin, path: path.clone() });
            }
        }
        for places in sightings.values_mut() {
            places.sort_by(|a, b| rank[b.pin].cmp(&rank[a.pin]).then_with(|| a.path.cmp(&b.path)));
        }
        let mut members: BTreeMap<usize, Vec<Cid>> = BTreeMap::new();
        for cid in sightings.keys() {
            members.entry(joined.find(*cid)).or_default().push(*cid);
        }
        let span = |cid: &Cid| {
            let ranks = sightings.get(cid).into_iter().flatten().map(|sighting| rank[sighting.pin]);
            ranks.fold((usize::MAX, 0), |(first, last), rank| (first.min(rank), last.max(rank)))
        };
        let mut series: Vec<Vec<Cid>> = members.into_values().collect();
        for datasets in &mut series {
            datasets.sort_by_key(|cid| {
                let (first, last) = span(cid);
                (last, first, *cid)
            });
        }
        let series_of = series
            .iter()
            .enumerate()
            .flat_map(|(index, datasets)| datasets.iter().map(move |cid| (*cid, index)))
            .collect();
        Self { sightings, rank, head, series_of, series }
    }

    /// Whether no other pin replaces this one.
    pub(super) fn is_head(&self, pin: usize) -> bool {
        self.head[pin]
    }

    /// The references to the pins that hold a dataset. Of the pins of one family that follow one another
    /// only the newest is named: 110 HEADs that all hold a dataset would say nothing more.
    pub(super) fn pins(&self, list: &Pinlist, cid: Cid) -> Vec<PinRef> {
        let places = self.sightings.get(&cid).map(Vec::as_slice).unwrap_or_default();
        let current =
            |sighting: &Sighting| self.head[sighting.pin] && list.pins[sighting.pin].withdrawn.is_none();
        let any_current = places.iter().any(current);
        let newest = places.first().map(|sighting| sighting.pin);
        places
            .iter()
            .filter(|sighting| {
                let pin = &list.pins[sighting.pin];
                self.head[sighting.pin]
                    || pin.withdrawn.is_some()
                    || (!any_current && Some(sighting.pin) == newest)
            })
            .map(|sighting| list.pins[sighting.pin].reference(&sighting.path, current(sighting)))
            .collect()
    }

    /// The pins that hold a dataset, newest first.
    pub(super) fn pins_of<'a>(
        &'a self,
        list: &'a Pinlist,
        cid: Cid,
    ) -> impl Iterator<Item = (usize, &'a Pin)> {
        let places = self.sightings.get(&cid).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|sighting| (sighting.pin, &list.pins[sighting.pin]))
    }

    /// The first version of the series of a dataset.
    pub(super) fn first(&self, cid: Cid) -> Cid {
        let series = self.series_of.get(&cid).map(|index| &self.series[*index]);
        let rank_of = |cid: &Cid| {
            self.sightings.get(cid).into_iter().flatten().map(|sighting| self.rank[sighting.pin]).min()
        };
        series
            .and_then(|series| series.iter().min_by_key(|cid| (rank_of(cid), **cid)))
            .copied()
            .unwrap_or(cid)
    }

    /// All versions of the series of a dataset, newest first. `current` are those that a head holds.
    pub(super) fn versions(&self, list: &Pinlist, cid: Cid) -> Vec<Version> {
        let own = [cid];
        let series = self.series_of.get(&cid).map_or(&own[..], |index| &self.series[*index]);
        let versions = series.iter().rev().map(|cid| {
            let first = self.pins_of(list, *cid).last();
            let date = first.and_then(|(_, pin)| pin.created.as_deref()).and_then(|date| date.get(..10));
            let current = self.pins_of(list, *cid).any(|(pin, it)| self.head[pin] && it.withdrawn.is_none());
            Version {
                cid: cid.to_string(),
                date: date.map(str::to_owned),
                name: first.and_then(|(_, pin)| pin.name.clone()),
                changes: Vec::new(),
                current,
            }
        });
        versions.collect()
    }

    /// The version that a dataset replaced.
    pub(super) fn before(&self, cid: Cid) -> Option<Cid> {
        let series = &self.series[*self.series_of.get(&cid)?];
        let at = series.iter().position(|other| *other == cid)?;
        at.checked_sub(1).map(|before| series[before])
    }
}

/// The order of the file, but within a family a pin comes after the one that it replaces.
fn ranks(list: &Pinlist) -> (Vec<usize>, Vec<bool>) {
    let mut rank = vec![0; list.pins.len()];
    let mut head = vec![false; list.pins.len()];
    for family in list.families() {
        let mut places = family.oldest_first.clone();
        places.sort_unstable();
        for (pin, place) in family.oldest_first.iter().zip(places) {
            rank[*pin] = place;
            head[*pin] = family.is_head(*pin);
        }
    }
    (rank, head)
}

/// What was at a path, and what was there next, belong together.
fn join_versions(family: &Family, found: &[Vec<(String, Cid)>], joined: &mut Groups) {
    let mut at_path: HashMap<&str, Cid> = HashMap::new();
    for pin in &family.oldest_first {
        for (path, cid) in &found[*pin] {
            if let Some(before) = at_path.insert(path, *cid)
                && before != *cid
            {
                joined.join(before, *cid);
            }
        }
    }
}

/// Disjoint sets of datasets.
#[derive(Debug, Default)]
struct Groups {
    index: HashMap<Cid, usize>,
    parent: Vec<usize>,
}

impl Groups {
    fn find(&mut self, cid: Cid) -> usize {
        let parent = &mut self.parent;
        let mut at = *self.index.entry(cid).or_insert_with(|| {
            parent.push(parent.len());
            parent.len() - 1
        });
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn join(&mut self, a: Cid, b: Cid) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use pinfold_core::cid::{IDENTITY, Multihash, RAW};

    use super::*;

    fn cid(text: &str) -> Cid {
        Cid::v1(RAW, Multihash::wrap(IDENTITY, text.as_bytes()).unwrap())
    }

    #[test]
    fn a_series_survives_renames_and_reverts() {
        let mut text = String::new();
        for (name, prev) in [("h2", "h1"), ("h1", "h0"), ("h0", ""), ("h3", "h2"), ("alone", "")] {
            let prev = if prev.is_empty() { String::new() } else { format!("prev: {}, ", cid(prev)) };
            text += &format!(
                "- {{cid: {}, name: {name}, meta: {{{prev}created: 2026-01-0{}}}}}\n",
                cid(name),
                name.len()
            );
        }
        let list = Pinlist::parse("p", &text).unwrap();
        assert!(list.findings.is_empty(), "{:?}", list.findings);
        let by_name = |name: &str| -> Vec<(String, Cid)> {
            let pairs: &[(&str, &str)] = match name {
                "h0" => &[("a", "A0"), ("b", "B0")],
                "h1" => &[("a", "A1"), ("b", "B0")],
                "h2" => &[("a.zarr", "A1"), ("b", "B1")],
                "h3" => &[("a.zarr", "A2"), ("b", "B0")],
                _ => &[("", "A1")],
            };
            pairs.iter().map(|(path, name)| ((*path).to_owned(), cid(name))).collect()
        };
        let found: Vec<_> = list.pins.iter().map(|pin| by_name(pin.name.as_deref().unwrap())).collect();
        let histories = Histories::new(&list, &found);
        let mut shown = String::new();
        for name in ["A0", "A1", "A2", "B0", "B1"] {
            let versions: Vec<String> = histories
                .versions(&list, cid(name))
                .iter()
                .map(|version| {
                    let known = ["A0", "A1", "A2", "B0", "B1"]
                        .into_iter()
                        .find(|n| cid(n).to_string() == version.cid);
                    format!("{}{}", known.unwrap(), if version.current { "*" } else { "" })
                })
                .collect();
            let pins: Vec<String> = histories
                .pins(&list, cid(name))
                .iter()
                .map(|pin| {
                    format!(
                        "{}/{}{}",
                        pin.name.as_deref().unwrap(),
                        pin.path,
                        if pin.current { "*" } else { "" }
                    )
                })
                .collect();
            let first = histories.first(cid(name)) == cid(&format!("{}0", &name[..1]));
            shown += &format!("{name}: {} in {} first {first}\n", versions.join(" "), pins.join(" "));
        }
        expect![[r#"
            A0: A1* A2* A0 in h0/a first true
            A1: A1* A2* A0 in alone/* first true
            A2: A1* A2* A0 in h3/a.zarr* first true
            B0: B0* B1 in h3/b* first true
            B1: B0* B1 in h2/b first true
        "#]]
        .assert_eq(&shown);
    }
}
