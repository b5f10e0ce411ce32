//! [`App`]: signals and what is counted.

use std::cell::Cell;

use leptos::prelude::*;
use pinfold_core::search::{Facet, FacetCounts, Histogram, Index};
use web_sys::{Element, HtmlElement};

use super::combo;
use super::link::{self, Basis, How};
use super::map::Map;
use crate::shared::dom::{document, listen};
use crate::shared::state::State;

/// What the page shows, as HTML.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) when: RwSignal<String>,
    pub(super) ground: RwSignal<String>,
    pub(super) hits: RwSignal<String>,
    pub(super) facets: [RwSignal<String>; Facet::ALL.len()],
}

/// Everything, copied into every handler.
#[derive(Clone, Copy)]
pub(super) struct App {
    /// The state, as it was when the first part gave its last answer.
    pub(super) state: RwSignal<State>,
    pub(super) parts: Parts,
    pub(super) index: StoredValue<Option<Index>, LocalStorage>,
    /// The entry that `index` was read from.
    pub(super) path: StoredValue<String>,
    /// What is counted.
    pub(super) basis: StoredValue<Basis, LocalStorage>,
    /// Facets as they were counted last.
    pub(super) facets: StoredValue<Vec<FacetCounts>, LocalStorage>,
    /// The axis of time as it is shown.
    pub(super) histogram: StoredValue<Option<Histogram>, LocalStorage>,
    /// Where the map's land is; taken when it is fetched.
    pub(super) land: StoredValue<Option<String>>,
    pub(super) map: StoredValue<Map, LocalStorage>,
    /// Facets whose values are all shown, as bits.
    pub(super) opened: StoredValue<u16>,
    /// Whether the filters are in the page.
    pub(super) panel: StoredValue<bool>,
    /// Whether the first part was told that a file is missing.
    pub(super) lacking: StoredValue<bool>,
    /// Where the site is, seen from this page.
    pub(super) root: StoredValue<String>,
    pub(super) pages_index: StoredValue<Option<String>>,
}

thread_local! {
    static APP: Cell<Option<App>> = const { Cell::new(None) };
}

/// The app, once it is started.
pub(super) fn current() -> Option<App> {
    APP.get()
}

/// Begins: listens to the box and to answers of the first part, and counts the answer that is there.
pub(super) async fn start() {
    let Some(host) = crate::host::<HtmlElement>("search") else { return };
    // Signals live as long as the page.
    let owner = Owner::new();
    owner.set();
    let app = App::new();
    std::mem::forget(owner);
    let root = document().and_then(|document| document.document_element());
    app.root.set_value(root.and_then(|root: Element| root.get_attribute("data-root")).unwrap_or_default());
    app.pages_index.set_value(host.get_attribute("data-pages"));
    app.land.set_value(host.get_attribute("data-land"));
    APP.set(Some(app));
    app.take_answer().await;
    combo::listen_to_box(app, &host);
    listen(&host, "answer", move |_| app.run());
    app.run();
}

impl App {
    fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            state: RwSignal::new(State::default()),
            parts: Parts {
                when: text(),
                ground: text(),
                hits: text(),
                facets: std::array::from_fn(|_| text()),
            },
            index: StoredValue::new_local(None),
            path: StoredValue::new(String::new()),
            basis: StoredValue::new_local(Basis::default()),
            facets: StoredValue::new_local(Vec::new()),
            histogram: StoredValue::new_local(None),
            land: StoredValue::new(None),
            map: StoredValue::new_local(Map::default()),
            opened: StoredValue::new(0),
            panel: StoredValue::new(false),
            lacking: StoredValue::new(false),
            root: StoredValue::new(String::new()),
            pages_index: StoredValue::new(None),
        }
    }

    /// Changes the state that is now, which may be another than the one that was counted.
    pub(super) fn change(self, how: How, change: impl FnOnce(&mut State)) {
        let mut state = link::state();
        change(&mut state);
        self.state.set(state.clone());
        link::set_state(&state, how);
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
}
