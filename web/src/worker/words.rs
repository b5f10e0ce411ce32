//! What `core::explore` says, as messages to the page.

use pinfold_core::explore::session::{self, ExploreError, Why};
use wasm_bindgen::JsValue;

use crate::explorer::protocol::{Failure, Plot, Slider, Statistics, Trouble};

/// What an exception says.
pub(super) fn words_of(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message"));
    message.ok().and_then(|message| message.as_string()).unwrap_or_default()
}

/// What failed and what every source said, in a sentence.
pub(super) fn sentence(error: &ExploreError) -> String {
    if error.details.is_empty() {
        error.message.clone()
    } else {
        format!("{} {}", error.message, error.details.join("; "))
    }
}

impl From<ExploreError> for Trouble {
    fn from(error: ExploreError) -> Self {
        Self { failure: error.why.into(), message: error.message, details: error.details }
    }
}

impl From<Why> for Failure {
    fn from(why: Why) -> Self {
        match why {
            Why::NotThere => Self::NotThere,
            Why::Unreachable => Self::Unreachable,
            Why::Corrupt => Self::Corrupt,
            Why::Unsupported => Self::Unsupported,
        }
    }
}

impl From<session::Statistics> for Statistics {
    fn from(one: session::Statistics) -> Self {
        Self {
            min: one.text(one.min),
            max: one.text(one.max),
            mean: one.text(one.mean),
            std: if one.is_time { String::new() } else { one.text(one.std) },
            variable: one.variable,
            units: one.units,
            thinned: one.thinned.unwrap_or_default(),
            count: one.count,
            missing: one.missing,
            meanings: one.meanings,
        }
    }
}

impl From<session::Slider> for Slider {
    fn from(session::Slider { dimension, length, at, words }: session::Slider) -> Self {
        let mut label = format!("{} of {length}", at + 1);
        if !words.is_empty() {
            label = format!("{label}, {words}");
        }
        Self { label, dimension, length, at }
    }
}

impl From<session::Picture> for Plot {
    fn from(one: session::Picture) -> Self {
        Self { svg: one.svg, kind: one.kind, caption: one.caption, zooms: one.zooms }
    }
}
