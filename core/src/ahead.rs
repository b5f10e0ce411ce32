//! [`read_ahead`]: what the record and the pictures of a large dataset need, asked for all at once.
//!
//! Where data are far ([`Store::is_far`]), what counts is how many requests depend on one another. The root directory
//! and the metadata say everything that will be read: the coordinates, the variables of the pictures. A dataset costs at
//! most three requests and two for each coordinate then, whatever it has: the root, the metadata, each coordinate, and
//! with what is left of them pictures and directories of further variables. Metadata that are not consolidated cost more.

use crate::block::Limits;
use crate::cf::coords::classify;
use crate::cid::Cid;
use crate::extract::extent::reach;
use crate::extract::{outline, variables};
use crate::store::{Ahead, AheadPart, Store, StoreError};
use crate::view::{Budget, Far, choose, far};
use crate::zarr::{Hierarchy, ZarrError};

/// What directories of chunks may have that are fetched only to be there.
const DIRECTORY_BYTES: u64 = 64 << 10;

/// Asks for what will be read of the dataset at the root of `store`; says what pictures may read.
///
/// # Errors
/// Where the root's metadata cannot be read: the extraction says what is wrong with them.
pub async fn read_ahead(store: &dyn Store, cid: Cid, limits: &Limits) -> Result<Budget, ZarrError> {
    let mut budget = Budget { limits: limits.clone(), ..Budget::default() };
    let hierarchy = Hierarchy::open(store, limits).await?;
    let classes = classify(&hierarchy);
    let claims = variables::claims(store, &hierarchy, false).await?;
    let coordinates = reach::plan(&hierarchy, &classes, Some(&claims));
    let mut wanted = coordinates.ahead(&claims);
    let at_hand = coordinates.whole().map(str::to_owned).collect();
    let far = Far {
        stored_bytes: reach::DATASET_BYTES.saturating_sub(coordinates.stored_bytes),
        requests: (1 + 2 * reach::count(&classes)).saturating_sub(wanted.len() as u64),
        at_hand,
        claims,
    };
    // What the extent adds to the choice is seldom another picture: then that one is read late.
    let pictures = far::plan(&choose(&outline(&hierarchy, cid)), &hierarchy, store, &budget, &far);
    wanted.extend(pictures.pictures.into_iter().flat_map(|picture| picture.ahead));
    let directories = directories(&hierarchy, &wanted);
    let directories: Vec<Ahead> = directories.into_iter().take(pictures.requests_left as usize).collect();
    wanted.extend_from_slice(&directories);
    store.ahead(&wanted).await;
    for directory in &directories {
        touch(store, &directory.path).await?;
    }
    budget.far = Some(far);
    Ok(budget)
}

/// The directories of chunks of the arrays that are not read, those of groups first: sizes are told by them.
fn directories(hierarchy: &Hierarchy, wanted: &[Ahead]) -> Vec<Ahead> {
    let is_under =
        |path: &str, group: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'));
    let is_read = |group: &str| wanted.iter().any(|ahead| is_under(&ahead.path, group));
    let groups = hierarchy.groups.keys().filter(|group| !group.is_empty() && !is_read(group)).cloned();
    let arrays = hierarchy
        .arrays
        .values()
        .filter(|array| !wanted.iter().any(|ahead| ahead.path == array.path) && !is_read(&array.path))
        .map(|array| {
            let chunk = array.chunk_path(&vec![0; array.shape.len()]);
            chunk.rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned())
        });
    let ahead = |path| Ahead { path, part: AheadPart::Itself, most_bytes: DIRECTORY_BYTES };
    groups.chain(arrays).map(ahead).collect()
}

/// Looks at a directory that came; it need not be there.
async fn touch(store: &dyn Store, path: &str) -> Result<(), StoreError> {
    store.size(path).await.map(|_| ())
}
