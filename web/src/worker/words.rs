//! What `core::explore` says, as messages to the page.

use pinfold_core::explore::session::{self, Why};
use wasm_bindgen::JsValue;

use crate::explorer::protocol::{Failure, Plot, Slider, Statistics};

/// What an exception says.
pub(super) fn words_of(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message"));
    message.ok().and_then(|message| message.as_string()).unwrap_or_default()
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
