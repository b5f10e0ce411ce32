//! What is filtered, as chips.

use pinfold_core::search::decimal;

use crate::shared::html::escaped;
use crate::shared::state::State;
use crate::shared::words::{self, fill, title, value_words};

/// What is filtered, each with a way to drop it.
pub(super) fn chips(state: &State) -> String {
    let mut out = String::new();
    let mut chip = |key: &str, text: String| {
        let text = escaped(&text);
        out.push_str(&format!(
            "<span class=\"chip\">{text}<button type=\"button\" data-drop=\"{}\"><span aria-hidden=\"true\">×</span><span class=\"vh\">{}</span></button></span> ",
            escaped(key),
            fill("remove {}", &[&text])
        ));
    };
    for (facet, value) in state.filters.facets.iter() {
        chip(
            &format!("{}={value}", facet.name()),
            format!("{}: {}", title(facet), value_words(facet, value)),
        );
    }
    if let Some(range) = state.filters.time {
        chip("time", fill("Time {}", &[&words::range(range)]));
    }
    if let Some([w, s, e, n]) = state.filters.bbox {
        chip("bbox", fill("Box {}", &[&[w, s, e, n].map(|side| decimal(side, 2)).join(", ")]));
    }
    out
}

#[cfg(test)]
mod tests {
    use pinfold_core::search::Facet;

    use super::*;

    #[test]
    fn hostile_values_stay_text() {
        let mut state = State::default();
        state.toggle(Facet::Keyword, "\" onclick=\"x");
        let chips = chips(&state);
        assert!(chips.contains("onclick") && !chips.contains("\" onclick=\""), "{chips}");
    }
}
