use expect_test::{Expect, expect};

use super::*;

const A: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";
const A_V0: &str = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
const B: &str = "QmcqgdpTAXRJFnKonSUWDDbpJfiLbq3275GHn84sizNEfm";
const C: &str = "QmRpRyRX75cauJKMPSTHMrwJQpNCKLayQJScm29VMVZjkb";

fn show(list: &Pinlist) -> String {
    let mut out = String::new();
    for pin in &list.pins {
        out += &format!("pin {} at {}:{} tags {:?}\n", pin.label(), pin.line, pin.column, pin.tags);
    }
    for family in list.families() {
        out += &format!("family {:?} heads {:?}\n", family.oldest_first, family.heads);
    }
    for finding in &list.findings {
        let place = &finding.place;
        out += &format!(
            "{:?} {} {}:{} {}: {}\n",
            finding.severity,
            finding.code,
            place.line.unwrap_or(0),
            place.column.unwrap_or(0),
            place.pin.as_deref().unwrap_or("-"),
            finding.message
        );
        if let Some(hint) = &finding.hint {
            out += &format!("  = {hint}\n");
        }
    }
    out
}

fn check(text: &str, expected: Expect) {
    let shown = match Pinlist::parse("pinlist.yaml", text) {
        Ok(list) => show(&list),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn everything_that_has_a_meaning() {
    let text = format!(
        "# pins\n- cid: {B}\n  name: old\n  extra: [1, two]\n  meta:\n    tags: one, two\n    created: 2024-08-11T10:00:00Z\n\
         - cid: ipfs://{A}\n  name: new\n  origins: [/ip4/127.0.0.1/tcp/4001]\n  meta:\n    prev: {B}\n    tags: [all]\n    \
         withdrawn: 2026-01-02\n    reason: wrong calibration\n    embargo: 2027-01-01\n    site: 12\n"
    );
    check(
        &text,
        expect![[r#"
        pin old at 2:3 tags ["one", "two"]
        pin new at 8:3 tags ["all"]
        family [0, 1] heads [1]
        Note key-unknown 4:3 old: `extra` has no meaning here; it is kept in pins.json
    "#]],
    );
    let list = Pinlist::parse("p", &text).unwrap();
    let new = &list.pins[1];
    assert_eq!(new.withdrawn.unwrap().to_string(), "2026-01-02");
    assert_eq!(new.reason.as_deref(), Some("wrong calibration"));
    assert_eq!(new.embargo.unwrap().to_string(), "2027-01-01");
    assert_eq!(new.raw["meta"]["site"], 12);
    assert_eq!(list.pins[0].raw["extra"][1], "two");
}

#[test]
fn faults_of_single_pins_cost_that_pin_only() {
    check(
        &format!(
            "- cid: {A}\n- cid: {A_V0}\n  name: again\n- cid: bafynot\n  name: typo\n- name: nothing\n- 12\n- cid: [a]\n\
             - cid: {B}\n  tags: [x]\n  meta: all\n- cid: {C}\n  name: {{a: b}}\n  meta: {{created: yesterday, tags: {{a: b}}, reason: x, prev: Qm}}\n"
        ),
        expect![[r#"
            pin bafybeie…d2ho34 at 1:3 tags []
            pin bafybeig…y2mbcq at 9:3 tags []
            pin bafybeib…ukhvba at 12:3 tags []
            family [0] heads [0]
            family [1] heads [1]
            family [2] heads [2]
            Error cid-duplicate 2:8 again: this pin has the same CID as `bafybeie…d2ho34` in line 1, spelled as CIDv0 and as CIDv1; the later one is left out
              = remove one of the two; tags and names of both can be joined in the one that stays
            Error cid-malformed 4:8 typo: `bafynot` is not a CID: Failed to parse multihash; the pin is left out
              = a CID begins with `Qm` (CIDv0) or `bafy`, `bafk` (CIDv1); it may have been cut off or mistyped
            Error cid-missing 6:3 nothing: this pin has no `cid`
              = every pin names its root with `cid:`; `pinfold cid PATH` prints the one of a directory
            Error pin-malformed 7:3 -: a pin is a mapping with `cid`, but here is a number
              = write it as `- cid: <CID>`
            Error cid-malformed 8:8 -: a CID is text, but here is a list; the pin is left out
              = a CID begins with `Qm` (CIDv0) or `bafy`, `bafk` (CIDv1); it may have been cut off or mistyped
            Warning key-unknown 10:3 -: `tags` has no meaning here; it is kept in pins.json
              = did you mean `meta.tags`? Put it one level below `meta:`
            Error pin-malformed 11:9 -: `meta` is a mapping, but here is text
              = write `tags`, `prev` and the like one level below `meta:`
            Warning pin-malformed 13:9 -: `name` is text, but here is a mapping; it is not used
              = put it in quotes on one line
            Warning pin-malformed 14:36 -: `tags` is a list of texts; what is not text is left out
              = write `tags: [one, two]`
            Error prev-malformed 14:61 -: `Qm` is not a CID: Failed to parse multihash; the pin counts as the first of its chain
              = a CID begins with `Qm` (CIDv0) or `bafy`, `bafk` (CIDv1); it may have been cut off or mistyped
            Error date-malformed 14:19 -: `created: yesterday` is not a date; it is not used
              = write it as 2026-11-20
            Warning reason-alone 14:52 -: `reason` belongs to `withdrawn`, which is not there
              = add `withdrawn: <date>` or remove it
        "#]],
    );
}

#[test]
fn not_a_list() {
    check("", expect![[r#""#]]);
    check(
        "cid: a\nname: b\n",
        expect![[r#"
        pinlist.yaml:1:1: a pinlist is a list of pins, but here is a mapping
          |
        1 | cid: a
          | ^
          = write each pin as `- cid: <CID>`"#]],
    );
    check(
        "- cid: a\n  name: b: c\n",
        expect![[r#"
        pinlist.yaml:2:10: mapping values are not allowed in this context
          |
        1 | - cid: a
        2 |   name: b: c
          |          ^"#]],
    );
}

#[test]
fn chains() {
    let pin = |name: &str, cid: &str, prev: &str| {
        format!("- {{cid: {cid}, name: {name}, meta: {{prev: {prev}}}}}\n")
    };
    // Cyclic, with a tail.
    check(
        &[pin("a", A, C), pin("b", B, A), pin("c", C, B), pin("tail", "bafkqaaa", C)].concat(),
        expect![[r#"
            pin a at 1:3 tags []
            pin b at 2:3 tags []
            pin c at 3:3 tags []
            pin tail at 4:3 tags []
            family [0, 1, 2, 3] heads [3]
            Error prev-cycle 1:92 a: these pins replace one another in a circle: `a`, `b`, `c`; `c`, the last in the file, counts as the newest
              = remove `prev` from the oldest of them
        "#]],
    );
    check(
        &pin("self", A, A_V0),
        expect![[r#"
        pin self at 1:3 tags []
        family [0] heads [0]
        Error prev-cycle 1:95 self: this pin is said to replace itself
          = remove `prev` from the oldest of them
    "#]],
    );
    // Missing, and a fork.
    check(
        &[pin("a", A, "bafkqaaa"), pin("b", B, A), pin("c", C, A)].concat(),
        expect![[r#"
        pin a at 1:3 tags []
        pin b at 2:3 tags []
        pin c at 3:3 tags []
        family [0, 1, 2] heads [1, 2]
        Warning prev-missing 1:92 a: the pin that this one replaces, bafkqaaa, is not in the list
          = add the older pin again (a pinlist is append-only), or remove `prev`
        Warning prev-fork 3:79 c: `a` is replaced by 2 pins: `b` (line 2), `c` (line 3); all of them count as current
          = let the newest name the one before it as `prev`, so that one chain remains
    "#]],
    );
}

#[test]
fn the_real_pinlist() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/orcestra-pinlist.yaml");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED: {path} is not there");
        return;
    };
    let list = Pinlist::parse("orcestra-pinlist.yaml", &text).unwrap();
    assert_eq!(list.findings, []);
    assert_eq!(list.pins.len(), 124);
    let heads: usize = list.families().iter().map(|family| family.heads.len()).sum();
    assert_eq!(heads, 7);
    assert!(list.pins.iter().any(|pin| pin.tags == ["aux"]));
}

#[test]
fn long_chains_are_linear() {
    use std::fmt::Write as _;
    let cid = |n: usize| {
        let bytes = (n as u64).to_be_bytes();
        let hash = pinfold_core::cid::Multihash::wrap(pinfold_core::cid::IDENTITY, &bytes).unwrap();
        Cid::v1(pinfold_core::cid::RAW, hash)
    };
    let mut text = String::new();
    for n in 0..20_000 {
        writeln!(text, "- {{cid: {}, meta: {{prev: {}}}}}", cid(n), cid((n + 1) % 20_000)).unwrap();
    }
    let list = Pinlist::parse("p", &text).unwrap();
    assert_eq!(list.families().len(), 1);
    assert_eq!(list.findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["prev-cycle"]);
}
