//! What the pages of one dataset show of others, so that a build knows when they must be made again.

use super::{Kind, Renderer, dataset};
use crate::catalogue::Entry;

impl Renderer<'_> {
    /// Links to other pages that the pages of `entry` may carry. Together with the entry, the configuration
    /// and the program they decide every byte of [`Renderer::dataset_files`].
    pub(crate) fn surroundings(&self, entry: &Entry) -> Vec<String> {
        let own = &entry.dataset;
        let mut links: Vec<String> =
            dataset::related(self, own, "").into_iter().map(|link| link.to_string()).collect();
        links.extend(own.people.iter().map(|person| self.groups.person(person).unwrap_or_default()));
        let groups = [
            (Kind::Platform, own.platforms.iter().chain(&own.platform).collect::<Vec<_>>()),
            (Kind::Campaign, own.projects.iter().chain(&own.project).collect()),
            (
                Kind::Variable,
                own.variables.iter().flat_map(|v| v.standard_name.iter().chain([&v.name])).collect(),
            ),
        ];
        for (kind, names) in groups {
            links.extend(names.into_iter().map(|name| self.groups.path(kind, name).unwrap_or_default()));
        }
        links.extend(own.versions.iter().filter(|v| self.entry(&v.cid).is_some()).map(|v| v.cid.clone()));
        links.push(format!("leads its series: {}", self.leads_series(own)));
        links
    }
}
