//! What the two parts of the search app say to each other, by way of `web/js/search.js`.

use js_sys::{Array, Promise, Uint8Array, Uint16Array, Uint32Array};
use pinfold_core::search::Filters;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::shared::state::State;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = pinfoldFile)]
    fn file(address: &str, keep: bool, fresh: bool) -> Promise;

    /// Which search is shown.
    #[wasm_bindgen(js_namespace = pinfoldSearch)]
    pub(super) fn turn() -> u32;

    #[wasm_bindgen(js_namespace = pinfoldSearch)]
    fn params() -> String;

    #[wasm_bindgen(js_namespace = pinfoldSearch)]
    fn basis() -> Array;

    #[wasm_bindgen(js_namespace = pinfoldSearch)]
    fn begun() -> String;

    #[wasm_bindgen(js_namespace = pinfoldSearch)]
    fn change(params: &str, how: u8);

    /// Says that a file of the index could not be had and why; nothing, when all are there.
    #[wasm_bindgen(js_namespace = pinfoldSearch)]
    pub(super) fn lacks(reason: &str);
}

/// How a state is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By a click: a step in the history.
    Step,
    /// While something is dragged.
    Live,
    /// When that is let go.
    Done,
}

/// The state as it is.
pub(super) fn state() -> State {
    State::from_params(&params())
}

/// Changes it.
pub(super) fn set_state(state: &State, how: How) {
    change(&state.to_params(), how as u8);
}

/// Writes what was typed to the history.
pub(super) fn settle() {
    change("", 3);
}

/// Words that begin with the last one that is typed, with their datasets: the dictionary is with the first part.
pub(super) fn words() -> Vec<(String, usize)> {
    let word = |line: &str| {
        let (datasets, word) = line.split_once(' ')?;
        Some((word.to_owned(), datasets.parse().ok()?))
    };
    begun().lines().filter_map(word).collect()
}

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Basis {
    /// Datasets that match by words.
    pub(super) docs: Vec<u32>,
    /// The filters that each dataset of the index fails.
    pub(super) fails: Vec<u16>,
    /// Hits in their order.
    pub(super) hits: Vec<u32>,
    /// The filters.
    pub(super) filters: Filters,
    /// The address of the index.
    pub(super) path: String,
}

/// What is to be counted of the answer that is shown.
pub(super) fn answer() -> Basis {
    let parts = basis();
    let text = |at: u32| parts.get(at).as_string().unwrap_or_default();
    let numbers =
        |at: u32| parts.get(at).dyn_into::<Uint32Array>().map(|list| list.to_vec()).unwrap_or_default();
    Basis {
        docs: numbers(0),
        fails: parts.get(1).dyn_into::<Uint16Array>().map(|list| list.to_vec()).unwrap_or_default(),
        hits: numbers(2),
        filters: State::from_params(&text(3)).filters,
        path: text(4),
    }
}

/// The bytes of a file; what the first part fetched to be kept is not fetched again.
pub(super) async fn fetch(address: &str, keep: bool) -> Result<Vec<u8>, String> {
    match JsFuture::from(file(address, keep, false)).await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(reason) => Err(reason.as_string().unwrap_or_default()),
    }
}
