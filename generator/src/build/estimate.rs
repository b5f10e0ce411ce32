//! How large the site will be, without writing it: [`estimate`].

use super::load_parts;
use crate::catalogue::Catalogue;
use crate::gather::cache::Cache;
use crate::render::Renderer;

/// Datasets that are rendered for it.
const SAMPLE: usize = 40;

/// About how many bytes a build would write: pages of a sample of the datasets, spread over the catalogue, and the
/// site's own files.
#[must_use]
pub fn estimate(catalogue: &Catalogue, cache: &Cache) -> u64 {
    let renderer = Renderer::new(catalogue);
    let entries = &catalogue.entries;
    let step = entries.len().div_ceil(SAMPLE).max(1);
    let (mut bytes, mut count) = (0u64, 0u64);
    for entry in entries.iter().step_by(step) {
        let mut entry = entry.clone();
        if load_parts(cache, &mut entry) {
            bytes += renderer.dataset_files(&entry).iter().map(|file| file.bytes.len() as u64).sum::<u64>();
            count += 1;
        }
    }
    let own: u64 = renderer.site_files().iter().map(|file| file.bytes.len() as u64).sum();
    own + (bytes / count.max(1)).saturating_mul(entries.len() as u64)
}
