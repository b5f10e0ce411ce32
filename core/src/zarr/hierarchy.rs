//! [`Hierarchy`]: the groups and arrays of a store.
//!
//! Consolidated metadata (`.zmetadata`, or inline in the root's `zarr.json`) is one read; without it
//! directories are listed, breadth-first, at most [`CONCURRENCY`] reads at a time. What is wrong with
//! one node becomes a [`Problem`] and leaves the others as they are.

use futures::StreamExt;
use futures::stream;
use serde_json::{Map, Value};

use super::error::ZarrError;
use super::json;
use super::meta::{self, Array, Format, join};
use crate::block::Limits;
use crate::maybe_send::BoxFuture;
use crate::parts::{self, Part};
use crate::sorted::SortedMap;
use crate::store::{Ahead, AheadPart, EntryKind, Store};
use crate::together;

/// How many metadata files are read at a time.
const CONCURRENCY: usize = 16;

/// More groups and arrays than this are no dataset that a page could show.
const MAX_NODES: usize = 100_000;

/// A group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    /// Path from the root; empty for the root.
    pub path: String,
    /// The attributes as they were read: see [`Array::attributes`].
    pub attributes: Map<String, Value>,
}

/// What could not be read while the rest could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The group's or array's path; empty for the root.
    pub path: String,
    /// Why.
    pub error: ZarrError,
}

/// The groups and arrays of a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Hierarchy {
    /// Which version of Zarr the root is.
    pub format: Format,
    /// Whether the metadata was consolidated.
    pub consolidated: bool,
    /// Groups by path; the root's is empty.
    pub groups: SortedMap<String, Group>,
    /// Arrays by path, `group/name`.
    pub arrays: SortedMap<String, Array>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// One node's metadata.
enum Node {
    Group(Map<String, Value>),
    Array(Box<Array>),
}

/// What was read so far.
struct Found {
    format: Format,
    consolidated: bool,
    groups: Vec<(String, Group)>,
    arrays: Vec<(String, Array)>,
    problems: Vec<Problem>,
}

impl Hierarchy {
    /// Reads the metadata of the hierarchy whose root is the store's root.
    ///
    /// # Errors
    /// [`ZarrError::NotZarr`] where there is none, [`ZarrError::Store`] where the root cannot be had,
    /// [`ZarrError::Json`] and [`ZarrError::Metadata`] where the root's metadata cannot be read.
    pub async fn open(store: &dyn Store, limits: &Limits) -> Result<Self, ZarrError> {
        let mut found = Found {
            format: Format::V3,
            consolidated: false,
            groups: Vec::new(),
            arrays: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(root) = read_json(store, "zarr.json", limits).await? {
            let children = root.get("consolidated_metadata").and_then(|inline| inline.get("metadata"));
            found.add("", node_v3("", &root));
            if let Some(Value::Object(children)) = children {
                found.consolidated = true;
                for (path, metadata) in children.iter().take(MAX_NODES) {
                    found.add(path, valid(path).and_then(|()| node_v3(path, metadata)));
                }
            } else if found.arrays.is_empty() {
                parts::bring(Part::List).await?;
                found.walk(store, limits).await?;
            }
            return found.finish();
        }
        found.format = Format::V2;
        match read_json(store, ".zmetadata", limits).await {
            Ok(Some(consolidated)) => {
                if let Some(Value::Object(metadata)) = consolidated.get("metadata") {
                    found.consolidated = true;
                    found.add_consolidated(metadata);
                    return found.finish();
                }
                let reason = "no metadata object inside".to_owned();
                found.problem("", ZarrError::Metadata { path: ".zmetadata".to_owned(), reason });
            }
            Ok(None) => {}
            Err(error @ ZarrError::Store(_)) => return Err(error),
            // The arrays' own files may still be fine.
            Err(error) => found.problem("", error),
        }
        parts::bring(Part::List).await?;
        found.walk_v2(store, limits).await?;
        found.finish()
    }

    /// The root group; `None` where the root is an array.
    #[must_use]
    pub fn root(&self) -> Option<&Group> {
        self.groups.get("")
    }
}

impl Found {
    fn add(&mut self, path: &str, node: Result<Node, ZarrError>) {
        match node {
            Ok(Node::Group(attributes)) => {
                self.groups.push((path.to_owned(), Group { path: path.to_owned(), attributes }));
            }
            Ok(Node::Array(array)) => {
                self.arrays.push((path.to_owned(), *array));
            }
            Err(error) => self.problem(path, error),
        }
    }

    fn problem(&mut self, path: &str, error: ZarrError) {
        self.problems.push(Problem { path: path.to_owned(), error });
    }

    /// The entries of `.zmetadata`: `group/name/.zarray` and the like.
    fn add_consolidated(&mut self, metadata: &Map<String, Value>) {
        for (key, value) in metadata.iter().take(3 * MAX_NODES) {
            let (path, file) = key.rsplit_once('/').unwrap_or(("", key));
            let attributes = || {
                let attributes = metadata.get(&join(path, ".zattrs"));
                attributes.and_then(Value::as_object).cloned().unwrap_or_default()
            };
            let node = match file {
                ".zgroup" => valid(path).map(|()| Node::Group(attributes())),
                ".zarray" => valid(path)
                    .and_then(|()| meta::array_v2(path, value, attributes()))
                    .map(|array| Node::Array(Box::new(array))),
                _ => continue,
            };
            self.add(path, node);
        }
    }

    /// Reads the root's own files of v2, then as [`Found::walk`].
    fn walk_v2<'a>(
        &'a mut self,
        store: &'a dyn Store,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<(), ZarrError>> {
        Box::pin(async move {
            match node_v2(store, "", limits, &mut self.problems).await {
                Ok(Some(node)) => self.add("", Ok(node)),
                Ok(None) if self.problems.is_empty() => {
                    return Err(ZarrError::NotZarr { path: "/".to_owned() });
                }
                // `.zmetadata` is there, so this is meant to be a group.
                Ok(None) => {}
                Err(error @ ZarrError::Store(_)) => return Err(error),
                Err(error) => self.problem("", error),
            }
            if self.arrays.is_empty() { self.walk(store, limits).await } else { Ok(()) }
        })
    }

    /// Lists directories from the root downwards and reads each node's own files.
    fn walk<'a>(
        &'a mut self,
        store: &'a dyn Store,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<(), ZarrError>> {
        Box::pin(self.walk_down(store, limits))
    }

    async fn walk_down(&mut self, store: &dyn Store, limits: &Limits) -> Result<(), ZarrError> {
        let mut groups = vec![String::new()];
        for _ in 0..limits.depth {
            let mut candidates = Vec::new();
            for group in &groups {
                let entries = match store.list(group).await {
                    Ok(entries) => entries.unwrap_or_default(),
                    Err(error) if group.is_empty() => return Err(error.into()),
                    Err(error) => {
                        self.problem(group, error.into());
                        continue;
                    }
                };
                let directories = entries.into_iter().filter(|entry| entry.kind != Some(EntryKind::File));
                candidates
                    .extend(directories.filter(|e| !e.name.starts_with('.')).map(|e| join(group, &e.name)));
            }
            if candidates.is_empty() {
                return Ok(());
            }
            if self.groups.len() + self.arrays.len() + candidates.len() > MAX_NODES {
                return Err(ZarrError::TooLarge {
                    path: "/".to_owned(),
                    what: "the number of groups and arrays",
                    actual: (self.groups.len() + self.arrays.len() + candidates.len()) as u64,
                    limit: MAX_NODES as u64,
                });
            }
            let format = self.format;
            if format == Format::V3 {
                let file = |path: &String| Ahead {
                    path: join(path, "zarr.json"),
                    part: AheadPart::Itself,
                    most_bytes: limits.file_bytes,
                };
                store.ahead(&candidates.iter().map(file).collect::<Vec<_>>()).await;
            }
            let reading = stream::iter(candidates).map(|path| -> BoxFuture<'_, _> {
                Box::pin(async move {
                    let mut problems = Vec::new();
                    let node = match format {
                        Format::V3 => read_json(store, &join(&path, "zarr.json"), limits)
                            .await
                            .and_then(|found| found.map(|metadata| node_v3(&path, &metadata)).transpose()),
                        Format::V2 => node_v2(store, &path, limits, &mut problems).await,
                    };
                    (path, node, problems)
                })
            });
            let mut nodes = together::in_order(reading, CONCURRENCY);
            let mut next = Vec::new();
            while let Some((path, node, problems)) = nodes.next().await {
                self.problems.extend(problems);
                let Some(node) = node.transpose() else { continue };
                if matches!(node, Ok(Node::Group(_))) {
                    next.push(path.clone());
                }
                self.add(&path, node);
            }
            groups = next;
        }
        Ok(())
    }

    /// Adds the groups that are only implied, or fails where nothing is left.
    fn finish(self) -> Result<Hierarchy, ZarrError> {
        if self.groups.is_empty() && self.arrays.is_empty() {
            let error = self.problems.into_iter().next().map(|problem| problem.error);
            return Err(error.unwrap_or(ZarrError::NotZarr { path: "/".to_owned() }));
        }
        let mut groups = Vec::new();
        for path in self.arrays.iter().map(|one| &one.0).chain(self.groups.iter().map(|one| &one.0)) {
            let mut path = path.as_str();
            while !path.is_empty() {
                path = path.rsplit_once('/').map_or("", |(above, _)| above);
                groups.push((path.to_owned(), Group { path: path.to_owned(), ..Group::default() }));
            }
        }
        // Those that were found count.
        groups.extend(self.groups);
        Ok(Hierarchy {
            format: self.format,
            consolidated: self.consolidated,
            groups: SortedMap::from_entries(groups),
            arrays: SortedMap::from_entries(self.arrays),
            problems: self.problems,
        })
    }
}

/// A path of the metadata must not lead anywhere but down.
fn valid(path: &str) -> Result<(), ZarrError> {
    let bad = |name: &str| name.is_empty() || name == "." || name == ".." || name.contains('\0');
    if path.is_empty() || !path.split('/').any(bad) {
        return Ok(());
    }
    Err(ZarrError::Metadata { path: path.to_owned(), reason: "not a path of a group or array".to_owned() })
}

fn node_v3(path: &str, metadata: &Value) -> Result<Node, ZarrError> {
    match metadata.get("node_type").and_then(Value::as_str) {
        Some("array") => Ok(Node::Array(Box::new(meta::array_v3(path, metadata)?))),
        Some("group") if metadata.get("zarr_format").and_then(Value::as_u64) == Some(3) => Ok(Node::Group(
            metadata.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default(),
        )),
        _ => Err(ZarrError::Metadata {
            path: if path.is_empty() { "zarr.json".to_owned() } else { path.to_owned() },
            reason: "neither a group nor an array of Zarr v3".to_owned(),
        }),
    }
}

/// Reads `.zarray` or `.zgroup`, and `.zattrs`. Attributes that cannot be read become a problem.
async fn node_v2(
    store: &dyn Store,
    path: &str,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<Option<Node>, ZarrError> {
    let array = read_json(store, &join(path, ".zarray"), limits).await?;
    if array.is_none() && read_json(store, &join(path, ".zgroup"), limits).await?.is_none() {
        return Ok(None);
    }
    let attributes = match read_json(store, &join(path, ".zattrs"), limits).await {
        Ok(Some(Value::Object(attributes))) => attributes,
        Ok(_) => Map::new(),
        Err(error) => {
            problems.push(Problem { path: path.to_owned(), error });
            Map::new()
        }
    };
    Ok(Some(match array {
        Some(metadata) => Node::Array(Box::new(meta::array_v2(path, &metadata, attributes)?)),
        None => Node::Group(attributes),
    }))
}

async fn read_json(store: &dyn Store, path: &str, limits: &Limits) -> Result<Option<Value>, ZarrError> {
    let Some(text) = store.get(path).await? else { return Ok(None) };
    if text.len() as u64 > limits.file_bytes {
        return Err(ZarrError::TooLarge {
            path: path.to_owned(),
            what: "the size of the file in bytes",
            actual: text.len() as u64,
            limit: limits.file_bytes,
        });
    }
    let invalid =
        |error: json::JsonError| ZarrError::Json { path: path.to_owned(), reason: error.to_string() };
    json::parse(&text, limits.json_depth).map(Some).map_err(invalid)
}
