//! What the pages of a dataset are made of, as one hash: [`Fingerprints`].

use sha2::{Digest, Sha256};

use crate::catalogue::{Catalogue, Entry, Left};
use crate::render::Renderer;

/// Hashes everything that the pages of a dataset depend on.
#[derive(Debug)]
pub(super) struct Fingerprints {
    common: Sha256,
}

impl Fingerprints {
    /// What all datasets of a catalogue share: the program, the configuration, the navigation.
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        let mut common = Sha256::new();
        add(&mut common, env!("PINFOLD_RENDERER").as_bytes());
        add(&mut common, &serde_json::to_vec(&catalogue.site).unwrap_or_default());
        for page in &catalogue.pages {
            add(&mut common, page.path.as_bytes());
            add(&mut common, page.markdown.as_bytes());
        }
        let front_end = &catalogue.front_end;
        for path in [&front_end.search, &front_end.explorer] {
            add(&mut common, path.as_deref().unwrap_or_default().as_bytes());
        }
        Self { common }
    }

    /// The hash of one dataset's pages: 32 hexadecimal digits.
    pub(super) fn of(&self, renderer: &Renderer<'_>, entry: &Entry) -> String {
        let mut hasher = self.common.clone();
        add(&mut hasher, &serde_json::to_vec(entry).unwrap_or_default());
        if let Left::Details { record } = &entry.left {
            add(&mut hasher, record);
        }
        // Otherwise they are in the cache under the CID, which the record holds.
        add(&mut hasher, &entry.meta_car);
        for quicklook in &entry.quicklooks {
            add(&mut hasher, quicklook.svg.as_bytes());
        }
        for link in renderer.surroundings(entry) {
            add(&mut hasher, link.as_bytes());
        }
        let digest = hasher.finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// With the length in front, so that two inputs cannot run into one another.
fn add(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
