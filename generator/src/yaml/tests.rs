use expect_test::{Expect, expect};

use super::*;

fn check(text: &str, expected: Expect) {
    let shown = match parse("pins.yaml", text) {
        Ok(node) => node.to_json().to_string(),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn values_and_places() {
    let node = parse("f", "a: 1\nb:\n  - x\n  - {c: 10.50, d: ~}\ne: 2024-08-11\n").unwrap();
    assert_eq!(node.to_json().to_string(), r#"{"a":1,"b":["x",{"c":10.5,"d":null}],"e":"2024-08-11"}"#);
    let inner = &node.get("b").unwrap().list().unwrap()[1];
    assert_eq!((inner.line, inner.column), (4, 5));
    assert_eq!(inner.get("c").unwrap().text(), Some("10.50"));
    assert!(inner.get("d").is_none());
    assert_eq!(parse("f", "").unwrap().value, Yaml::Null);
}

#[test]
fn broken() {
    check(
        "- cid: a\n  name: b: c\n",
        expect![[r#"
        pins.yaml:2:10: mapping values are not allowed in this context
          |
        1 | - cid: a
        2 |   name: b: c
          |          ^"#]],
    );
    check(
        "- cid: a\n  name: [b\n- cid: c\n",
        expect![[r#"
        pins.yaml:3:6: illegal placement of ':' indicator
          |
        2 |   name: [b
        3 | - cid: c
          |      ^"#]],
    );
    check(
        "- cid: a\n  cid: b\n",
        expect![[r#"
            pins.yaml:2:3: the key `cid` is there twice
              |
            1 | - cid: a
            2 |   cid: b
              |   ^"#]],
    );
    check(
        "- cid: \"a\n",
        expect![[r#"
        pins.yaml:2:1: invalid indentation in multiline quoted scalar
          |
        1 | - cid: "a"#]],
    );
    check(
        "- cid: a\n\tname: b\n",
        expect![[r#"
        pins.yaml:1:8: while scanning a plain scalar, found a tab
          |
        1 | - cid: a
          |        ^"#]],
    );
    check("? [a]\n: b\n", expect!["pins.yaml: a key must be text, not a list or a mapping"]);
    check(
        &"[".repeat(100),
        expect![[r#"
        pins.yaml:1:100: unclosed bracket '['
          |
        1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
          |                                                                        ^"#]],
    );
    check(
        "a: &x [1,2]\nb: *y\n",
        expect![[r#"
        pins.yaml:2:4: alias references unknown anchor
          |
        1 | a: &x [1,2]
        2 | b: *y
          |    ^"#]],
    );
}

#[test]
fn long_lines_are_cut() {
    expect![[r#"
          |
        1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx·!yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
          |                                                                        ^
    "#]].assert_eq(&snippet(&format!("{}\u{1b}!{}", "x".repeat(100), "y".repeat(100)), 1, 101));
}
