//! [`App`]: signals, the index, and the history.

use leptos::prelude::*;
use pinfold_core::search::{Answer, Facet, FacetCounts, Histogram, Index};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

use super::list::List;
use super::load;
use super::map::Map;
use super::state::{PAGE, State};

/// Typing is written to the history after a pause.
const HISTORY_PAUSE_MS: i32 = 350;

/// What the page shows, as HTML.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) count: RwSignal<String>,
    pub(super) help: RwSignal<String>,
    pub(super) chips: RwSignal<String>,
    pub(super) command: RwSignal<String>,
    pub(super) when: RwSignal<String>,
    pub(super) ground: RwSignal<String>,
    pub(super) hits: RwSignal<String>,
    pub(super) facets: [RwSignal<String>; Facet::ALL.len()],
    /// Results that are not shown yet.
    pub(super) left: RwSignal<usize>,
    /// A sentence about files that could not be fetched.
    pub(super) trouble: RwSignal<String>,
    pub(super) pages: RwSignal<String>,
}

/// Everything, copied into every handler.
#[derive(Clone, Copy)]
pub(super) struct App {
    pub(super) state: RwSignal<State>,
    pub(super) parts: Parts,
    pub(super) index: StoredValue<Option<Index>, LocalStorage>,
    pub(super) answer: StoredValue<Option<Answer>, LocalStorage>,
    /// Facets as they were counted last.
    pub(super) facets: StoredValue<Vec<FacetCounts>, LocalStorage>,
    /// The axis of time as it is shown.
    pub(super) histogram: StoredValue<Option<Histogram>, LocalStorage>,
    /// The results as they are shown.
    pub(super) list: StoredValue<List, LocalStorage>,
    /// Where the map's land is; taken when it is fetched.
    pub(super) land: StoredValue<Option<String>>,
    pub(super) map: StoredValue<Map, LocalStorage>,
    /// Facets whose values are all shown, as bits.
    pub(super) opened: StoredValue<u16>,
    /// Counts searches, so that a late answer is not shown.
    pub(super) turn: StoredValue<u32>,
    /// Whether the filters are in the page.
    pub(super) panel: StoredValue<bool>,
    /// Whether the entry was read again, because a file that it names was gone.
    pub(super) reloaded: StoredValue<bool>,
    /// Whether the last entry of the history is one that typing made.
    typing: StoredValue<bool>,
    /// Where the site is, seen from this page, and the folder of the index.
    pub(super) root: StoredValue<String>,
    pub(super) folder: StoredValue<String>,
    pub(super) pages_index: StoredValue<Option<String>>,
}

impl App {
    pub(super) fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            state: RwSignal::new(State::default()),
            parts: Parts {
                count: text(),
                help: text(),
                chips: text(),
                command: text(),
                when: text(),
                ground: text(),
                hits: text(),
                facets: std::array::from_fn(|_| text()),
                left: RwSignal::new(0),
                trouble: text(),
                pages: text(),
            },
            index: StoredValue::new_local(None),
            answer: StoredValue::new_local(None),
            facets: StoredValue::new_local(Vec::new()),
            histogram: StoredValue::new_local(None),
            list: StoredValue::new_local(List::default()),
            land: StoredValue::new(None),
            map: StoredValue::new_local(Map::default()),
            opened: StoredValue::new(0),
            turn: StoredValue::new(0),
            panel: StoredValue::new(false),
            reloaded: StoredValue::new(false),
            typing: StoredValue::new(false),
            root: StoredValue::new(String::new()),
            folder: StoredValue::new(String::new()),
            pages_index: StoredValue::new(None),
        }
    }

    /// Changes the state by a click: a step in the history.
    pub(super) fn go(self, change: impl FnOnce(&mut State)) {
        let before = self.state.get_untracked();
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return;
        }
        let moved = after.text != before.text;
        self.state.set(after);
        if moved {
            self.show_text();
        }
        self.typing.set_value(false);
        self.remember(true);
        self.run();
    }

    /// Changes the text by typing: one step in the history for all letters of a visit to the box.
    pub(super) fn typed(self, text: String) {
        self.state.update(|state| {
            state.text.clone_from(&text);
            state.shown = PAGE;
        });
        self.run();
        spawn_local(async move {
            load::sleep(HISTORY_PAUSE_MS).await;
            // The text, not the turn: a map that arrives in between draws again and is no typing.
            if self.state.with_untracked(|state| state.text == text)
                && self.remember(!self.typing.get_value())
            {
                self.typing.set_value(true);
            }
        });
    }

    /// What was typed is in the address before anything is opened; the next letter begins a new step there.
    pub(super) fn settle(self) {
        self.remember(!self.typing.get_value());
        self.typing.set_value(false);
    }

    /// Writes the state into the address; whether that changed it.
    fn remember(self, step: bool) -> bool {
        let params = self.state.with_untracked(State::to_params);
        let address = if params.is_empty() { "./".to_owned() } else { format!("?{params}") };
        let Some(window) = web_sys::window() else { return false };
        let here = window.location().search().unwrap_or_default();
        if here.trim_start_matches('?') == params {
            return false;
        }
        let Ok(history) = window.history() else { return false };
        let done = if step {
            history.push_state_with_url(&JsValue::NULL, "", Some(&address))
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
        };
        done.is_ok()
    }

    pub(super) fn read_url(self) {
        let params = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
        self.state.set(State::from_params(&params));
        self.show_text();
        self.typing.set_value(false);
        self.run();
    }

    /// Puts the state's text into the box.
    fn show_text(self) {
        if let Some(input) = crate::host::<HtmlInputElement>("q") {
            self.state.with_untracked(|state| {
                if input.value() != state.text {
                    input.set_value(&state.text);
                }
            });
        }
    }

    /// Changes the state while something is dragged; a step in the history when it is let go.
    pub(super) fn set_live(self, done: bool, change: impl FnOnce(&mut State)) {
        self.state.update(change);
        self.run();
        if done {
            self.typing.set_value(false);
            self.remember(true);
        }
    }

    /// The day at a place of the time axis, from 0 to 1.
    pub(super) fn day(self, part: f64) -> Option<i32> {
        self.histogram.with_value(|histogram| histogram.as_ref().map(|histogram| histogram.day(part)))
    }

    /// Where the site is, seen from this page.
    pub(super) fn root_text(self) -> String {
        self.root.get_value()
    }

    /// Looks at the index, where it is loaded.
    pub(super) fn with_index(self, look: impl FnOnce(&Index)) {
        self.index.with_value(|index| {
            if let Some(index) = index {
                look(index);
            }
        });
    }

    /// CID and title of the best hits.
    pub(super) fn first_hits(self, most: usize) -> Vec<(String, String)> {
        let docs = self
            .answer
            .with_value(|answer| answer.as_ref().map(|answer| answer.docs.clone()))
            .unwrap_or_default();
        self.index.with_value(|index| {
            let records = docs.iter().take(most).filter_map(|doc| index.as_ref()?.record(*doc));
            records.map(|record| (record.cid.to_owned(), record.title.to_owned())).collect()
        })
    }

    /// Whether this is still what stands in the box.
    pub(super) fn is_text(self, text: &str) -> bool {
        self.state.with_untracked(|state| state.text.trim() == text)
    }
}
