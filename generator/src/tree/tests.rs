use std::sync::Arc;

use expect_test::{Expect, expect};
use pinfold_core::block::{Limits, MemoryBlocks, VerifiedBlock};
use pinfold_core::cid::RAW;
use pinfold_core::unixfs::Unixfs;

use super::*;

const A: &str = "bafkqaaa";
const B: &str = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
const C: &str = "bafkqabtimvwgy3yk";

#[test]
fn the_real_tree_is_read_without_a_change() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/orcestra-tree.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return;
    };
    let tree = Tree::parse("tree.yaml", &text).unwrap();
    assert!(tree.findings.is_empty(), "{:?}", tree.findings);
    let leaves = tree.leaves();
    // What `grep -cE ': (Qm|b[a-z2-7]{20,})'` counts.
    let written = text.lines().filter(|line| line.contains(": Qm") || line.contains(": baf")).count();
    assert_eq!(leaves.len(), written);
    assert!(leaves.iter().any(|(path, _)| path == "products/HALO/BACARDI.zarr"));
    // And changed in one line only.
    let changed = Tree::place("tree.yaml", &text, "products/HALO/BACARDI.zarr", C.parse().unwrap()).unwrap();
    let differ = text.lines().zip(changed.lines()).filter(|(a, b)| a != b).count();
    assert_eq!((differ, text.lines().count()), (1, changed.lines().count()));
    let added = Tree::place("tree.yaml", &text, "products/HALO/NEW/x.zarr", C.parse().unwrap()).unwrap();
    assert_eq!(added.lines().count(), text.lines().count() + 2);
}

#[test]
fn faults_of_a_tree() {
    let text =
        format!("a/b: {A}\n'': {A}\nok: {B}\nbad: Qmbad\nlist: [{A}]\nsub:\n  ..: {A}\n  \"x\\n\": {A}\n");
    let tree = Tree::parse("tree.yaml", &text).unwrap();
    let mut shown: Vec<String> =
        tree.findings.iter().map(|f| format!("{}:{} {}", f.place.line.unwrap(), f.code, f.message)).collect();
    shown.push(format!("{:?}", tree.leaves().iter().map(|(path, _)| path).collect::<Vec<_>>()));
    expect![[r#"
        1:tree-name-malformed the name `a/b` contains `/`, which parts directories; the entry is left out
        2:tree-name-malformed the name `` is empty; the entry is left out
        4:tree-cid-malformed `bad`: `Qmbad` is not a CID: Failed to parse multihash; the entry is left out
        5:tree-malformed `list` is a list; the entry is left out
        7:tree-name-malformed the name `..` means another directory; the entry is left out
        8:tree-name-malformed the name `x ` holds control characters; the entry is left out
        ["ok"]"#]]
    .assert_eq(&shown.join("\n"));
    assert!(Tree::parse("t", "- a\n").is_err());
}

/// What was changed, below the number of the last line before it; all other lines are as they were.
fn changed_lines(before: &str, after: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let ends = before[start..].iter().rev().zip(after[start..].iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    let gone = before[start..before.len() - end].iter().map(|line| format!("-{line}"));
    let new = after[start..after.len() - end].iter().map(|line| format!("+{line}"));
    std::iter::once(start.to_string()).chain(gone).chain(new).collect::<Vec<_>>().join("\n")
}

fn check_place(text: &str, path: &str, expected: Expect) {
    match Tree::place("tree.yaml", text, path, C.parse().unwrap()) {
        Ok(changed) => expected.assert_eq(&changed_lines(text, &changed)),
        Err(error) => expected.assert_eq(&error.to_string()),
    }
}

#[test]
fn entries_go_where_they_belong() {
    let text = format!(
        "# ours\nmeta:\n    ids: {A}  # t\nproducts:\n    HALO:\n        x.zarr: '{B}'\n\n    ship: {A}\n# end"
    );
    check_place(
        &text,
        "products/HALO/x.zarr",
        expect![[r#"
            5
            -        x.zarr: 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'
            +        x.zarr: 'bafkqabtimvwgy3yk'"#]],
    );
    check_place(
        &text,
        "products/HALO/L2/y.zarr",
        expect![[r#"
            6
            +        L2:
            +            y.zarr: bafkqabtimvwgy3yk"#]],
    );
    check_place(
        &text,
        "new.zarr",
        expect![[r#"
            8
            +new.zarr: bafkqabtimvwgy3yk"#]],
    );
    check_place(
        "",
        "a/b",
        expect![[r#"
            0
            +a:
            +  b: bafkqabtimvwgy3yk"#]],
    );
    check_place(
        &text,
        "products/ship/x",
        expect!["tree.yaml cannot be edited: `products/ship` is no folder; write the change by hand"],
    );
    check_place(
        &text,
        "products",
        expect!["tree.yaml cannot be edited: a folder is at this path; write the change by hand"],
    );
    check_place(&text, "a//b", expect!["the path `a//b` in the tree: the name `` is empty"]);
    check_place(
        &format!("a: {{b: {A}}}\n"),
        "a/c",
        expect!["tree.yaml cannot be edited: `a` is written on one line; write the change by hand"],
    );
}

#[test]
fn sizes_of_the_previous_head_suffice() {
    let leaf = VerifiedBlock::seal(RAW, b"some data".to_vec());
    let other = VerifiedBlock::seal(RAW, b"other".to_vec());
    let text = format!("x:\n  a: {}\n", leaf.cid());
    let tree = Tree::parse("t", &text).unwrap();
    let known = Sizes::from([(leaf.cid(), 9)]);
    let old = Head::build(&tree, &known, true).unwrap();
    assert!(old.root.cid.is_v0());

    // Only the directories of the old HEAD are there, not the leaf.
    let mut blocks = MemoryBlocks::new("made");
    for block in &old.blocks {
        blocks.insert(block.clone());
    }
    let unixfs = Unixfs::new(Arc::new(blocks), Limits::default());
    let text = Tree::place("t", &text, "x/b", other.cid()).unwrap();
    let tree = Tree::parse("t", &text).unwrap();
    let find = |known: Sizes| futures::executor::block_on(sizes(&tree, Some(old.root.cid), &unixfs, known));
    let error = find(Sizes::new()).unwrap_err().to_string();
    assert!(error.starts_with("the size of `x/b`"), "{error}");
    let found = find(Sizes::from([(other.cid(), 5)])).unwrap();
    assert_eq!(found[&leaf.cid()], 9);
    let new = Head::build(&tree, &found, true).unwrap();
    assert_ne!(new.root.cid, old.root.cid);
    assert_eq!(new.blocks.len(), 2);
}
