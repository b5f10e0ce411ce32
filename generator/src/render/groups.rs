//! What the datasets of a catalogue have in common: platforms, campaigns, people, variables.
//!
//! Each gets a page. Spellings that differ in case or accents fall together; two people of one name with
//! different ORCIDs do not.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::model::{Dataset, Person, Role};
use pinfold_core::search::is_listed;

use super::text;
use crate::catalogue::Catalogue;

/// A dataset takes part in at most so many groups of a kind; metadata may name thousands.
const MAX_PER_DATASET: usize = 300;

/// What a group is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Campaign,
    Platform,
    Variable,
    Person,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Campaign, Self::Platform, Self::Variable, Self::Person];

    /// The folder of its pages.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Platform => "platform",
            Self::Variable => "variable",
            Self::Person => "person",
        }
    }

    /// Its heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Campaign => "Campaigns",
            Self::Platform => "Platforms",
            Self::Variable => "Variables",
            Self::Person => "People",
        }
    }
}

/// Datasets that share a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    /// The spelling that most datasets use.
    pub(crate) name: String,
    /// Indices of entries, each once, in the catalogue's order.
    pub(crate) entries: Vec<usize>,
    pub(crate) orcid: Option<String>,
    spellings: BTreeMap<String, usize>,
}

/// All groups of a catalogue, by kind and path.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    groups: BTreeMap<(Kind, String), Group>,
    /// Names that more than one ORCID goes by.
    shared_names: BTreeSet<String>,
}

/// The sixteen characters of an ORCID, if it is one.
pub(crate) fn orcid(person: &Person) -> Option<&str> {
    let id = person.orcid.as_deref()?.trim();
    let id =
        id.strip_prefix("https://orcid.org/").or_else(|| id.strip_prefix("http://orcid.org/")).unwrap_or(id);
    let good = id.len() == 19
        && id.bytes().enumerate().all(|(i, b)| match i {
            4 | 9 | 14 => b == b'-',
            18 => b.is_ascii_digit() || b == b'X',
            _ => b.is_ascii_digit(),
        });
    good.then_some(id)
}

/// Names of a kind in one dataset.
fn names(kind: Kind, dataset: &Dataset) -> Vec<String> {
    let listed = |list: &[String], whole: &Option<String>| -> Vec<String> {
        let whole = whole.iter().filter(|_| list.is_empty());
        list.iter()
            .chain(whole)
            .take(MAX_PER_DATASET)
            .map(|n| text::line(n, 120))
            .filter(|n| !n.is_empty())
            .collect()
    };
    match kind {
        Kind::Campaign => listed(&dataset.projects, &dataset.project),
        Kind::Platform => listed(&dataset.platforms, &dataset.platform),
        Kind::Variable => {
            // Nearly every dataset has a time and a latitude: coordinates tell nothing apart.
            let data = dataset.variables.iter().filter(|v| matches!(v.role, Role::Data | Role::Ancillary));
            let names = data.filter_map(|v| v.standard_name.as_deref());
            names.take(MAX_PER_DATASET).map(|n| text::line(n, 120)).filter(|n| !n.is_empty()).collect()
        }
        Kind::Person => Vec::new(),
    }
}

impl Groups {
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let mut ids: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for person in catalogue.entries.iter().flat_map(|e| e.dataset.people.iter().take(MAX_PER_DATASET)) {
            if let Some(id) = orcid(person) {
                ids.entry(text::slug(&person.name)).or_default().insert(id);
            }
        }
        let shared_names = ids.into_iter().filter(|(_, ids)| ids.len() > 1).map(|(name, _)| name).collect();
        let mut groups = Self { groups: BTreeMap::new(), shared_names };
        for (index, entry) in catalogue.entries.iter().enumerate().filter(|(_, e)| is_listed(&e.dataset)) {
            for kind in [Kind::Campaign, Kind::Platform, Kind::Variable] {
                for name in names(kind, &entry.dataset) {
                    groups.add(kind, text::slug(&name), name, index);
                }
            }
            for person in entry.dataset.people.iter().take(MAX_PER_DATASET) {
                let name = text::line(&person.name, 120);
                if name.is_empty() {
                    continue;
                }
                let group = groups.add(Kind::Person, groups.person_slug(person), name, index);
                if let Some(id) = orcid(person) {
                    group.orcid = Some(id.to_owned());
                }
            }
        }
        for group in groups.groups.values_mut() {
            let best = group
                .spellings
                .iter()
                .max_by_key(|(name, count)| (**count, std::cmp::Reverse((*name).clone())));
            group.name = best.map(|(name, _)| name.clone()).unwrap_or_default();
        }
        groups
    }

    fn add(&mut self, kind: Kind, slug: String, name: String, index: usize) -> &mut Group {
        let group = self.groups.entry((kind, slug)).or_default();
        *group.spellings.entry(name).or_default() += 1;
        if group.entries.last() != Some(&index) {
            group.entries.push(index);
        }
        group
    }

    fn person_slug(&self, person: &Person) -> String {
        let slug = text::slug(&person.name);
        match orcid(person) {
            Some(id) if self.shared_names.contains(&slug) => format!("{slug}-{}", id.to_ascii_lowercase()),
            _ => slug,
        }
    }

    /// The path of a name's page, if it has one.
    pub(crate) fn path(&self, kind: Kind, name: &str) -> Option<String> {
        let slug = text::slug(&text::line(name, 120));
        self.groups.contains_key(&(kind, slug.clone())).then(|| format!("{}/{slug}/", kind.path()))
    }

    /// The path of a person's page, if there is one.
    pub(crate) fn person(&self, person: &Person) -> Option<String> {
        let slug = self.person_slug(person);
        self.groups.contains_key(&(Kind::Person, slug.clone())).then(|| format!("person/{slug}/"))
    }

    /// Groups of a kind with their paths, by name.
    pub(crate) fn of(&self, kind: Kind) -> Vec<(String, &Group)> {
        let mut list: Vec<_> = self
            .groups
            .iter()
            .filter(|((k, _), _)| *k == kind)
            .map(|((_, slug), group)| (format!("{}/{slug}/", kind.path()), group))
            .collect();
        list.sort_by_cached_key(|(path, group)| (text::sort_key(&group.name), path.clone()));
        list
    }
}
