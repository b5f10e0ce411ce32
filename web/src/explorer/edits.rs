//! What a control changes in the view: [`edit`], without a page.

use pinfold_core::explore::view_state::Indices;
use pinfold_core::explore::{Kind, Mode, ViewState};

/// Whether only a part of what there is is shown.
pub(super) fn is_part(view: &ViewState) -> bool {
    view.indices.values().any(|indices| matches!(indices, Indices::Range(..)))
}

/// Changes `view` as the control called `what` asks. `of` is what it is about (a mode, a dimension, a variable),
/// `entered` what stands in it. `false` where it is no such control or nothing that can be read.
pub(super) fn edit(view: &mut ViewState, what: &str, of: &str, entered: &str) -> bool {
    match what {
        "kind" => view.kind = Kind::parse(entered).unwrap_or_default(),
        "colors" => view.colors = (!entered.is_empty()).then(|| entered.to_owned()),
        "log" => view.log = entered == "true",
        "mode" => view.mode = if of == "table" { Mode::Table } else { Mode::Picture },
        "slide" => match entered.parse() {
            Ok(at) => drop(view.indices.insert(of.to_owned(), Indices::At(at))),
            Err(_) => return false,
        },
        "everything" => view.indices.retain(|_, indices| matches!(indices, Indices::At(_))),
        // Added to the picture, or taken out of it.
        "add" => match view.variables.iter().position(|known| known == of) {
            Some(at) => drop(view.variables.remove(at)),
            None => view.variables.push(of.to_owned()),
        },
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn after(edits: &[(&str, &str, &str)]) -> String {
        let mut view = ViewState { variables: vec!["ta".to_owned()], ..ViewState::default() };
        view.indices.insert("height".to_owned(), Indices::Range(3, 9));
        for (what, of, entered) in edits {
            assert!(edit(&mut view, what, of, entered), "{what}");
        }
        view.to_fragment()
    }

    #[test]
    fn controls_change_the_view() {
        expect!["#explore?variable=ta&height=3:9"].assert_eq(&after(&[]));
        expect!["#explore?variable=ta&height=3:9&as=map&colors=dusk&scale=log&view=table"].assert_eq(&after(
            &[("kind", "", "map"), ("colors", "", "dusk"), ("log", "", "true"), ("mode", "table", "")],
        ));
        let back = [("colors", "", "dusk"), ("log", "", "true"), ("colors", "", ""), ("log", "", "false")];
        assert_eq!(after(&back), after(&[]));
        expect!["#explore?variable=ta&time=7"]
            .assert_eq(&after(&[("slide", "time", "7"), ("everything", "", "")]));
        expect!["#explore?variable=ta,hus&height=3:9"].assert_eq(&after(&[("add", "hus", "")]));
        assert_eq!(after(&[("add", "hus", ""), ("add", "hus", "")]), after(&[]));
    }

    #[test]
    fn what_cannot_be_read_changes_nothing() {
        let mut view = ViewState::default();
        assert!(!edit(&mut view, "slide", "time", "-1"));
        assert!(!edit(&mut view, "slide", "time", ""));
        assert!(!edit(&mut view, "cancel", "", ""));
        assert_eq!(view, ViewState::default());
    }
}
