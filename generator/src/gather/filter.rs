//! Which pins and paths a site shows: `include` and `exclude` of site.yaml.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use pinfold_core::finding::{Finding, Severity};

use crate::pinlist::Pin;
use crate::site::{Filter, Site};

/// The compiled filters.
#[derive(Debug)]
pub(super) struct Selection {
    include: Compiled,
    exclude: Compiled,
}

#[derive(Debug)]
struct Compiled {
    tags: Vec<String>,
    paths: GlobSet,
}

impl Selection {
    /// Compiles the filters; a glob that cannot be read is a finding and is left out.
    pub(super) fn new(site: &Site, findings: &mut Vec<Finding>) -> Self {
        Self { include: compile(&site.include, findings), exclude: compile(&site.exclude, findings) }
    }

    /// Whether a pin is looked into at all.
    pub(super) fn pin(&self, pin: &Pin) -> bool {
        let tagged = |filter: &Compiled| pin.tags.iter().any(|tag| filter.tags.contains(tag));
        (self.include.tags.is_empty() || tagged(&self.include)) && !tagged(&self.exclude)
    }

    /// Whether the dataset at `path` below a pin is shown. The pin itself is the empty path, which only
    /// `**` matches.
    pub(super) fn path(&self, path: &str) -> bool {
        (self.include.paths.is_empty() || self.include.paths.is_match(path))
            && !self.exclude.paths.is_match(path)
    }
}

fn compile(filter: &Filter, findings: &mut Vec<Finding>) -> Compiled {
    let mut paths = GlobSetBuilder::new();
    for pattern in &filter.paths {
        match GlobBuilder::new(pattern.trim_matches('/')).literal_separator(true).build() {
            Ok(glob) => {
                paths.add(glob);
            }
            Err(error) => {
                let message = format!("the path pattern `{pattern}` cannot be read: {}", error.kind());
                let hint = "`*` stands for a part of a name, `**` for any number of folders";
                findings.push(Finding::new(Severity::Error, "glob-malformed", message).hint(hint));
            }
        }
    }
    let paths = paths.build().unwrap_or_else(|error| {
        let message = format!("the path patterns are too large: {error}");
        findings.push(Finding::new(Severity::Error, "glob-malformed", message));
        GlobSet::empty()
    });
    Compiled { tags: filter.tags.clone(), paths }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let mut findings = Vec::new();
        let mut site = Site::default();
        let all = Selection::new(&site, &mut findings);
        assert!(all.path("") && all.path("a/b"));
        site.include.paths = vec!["products/HALO/**".into(), "[".into()];
        site.exclude.paths = vec!["**/*_draft.zarr".into()];
        let some = Selection::new(&site, &mut findings);
        assert!(some.path("products/HALO/a/b.zarr") && some.path("products/HALO/x"));
        assert!(!some.path("products/ATR/x") && !some.path("products/HALO/a/b_draft.zarr") && !some.path(""));
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}
