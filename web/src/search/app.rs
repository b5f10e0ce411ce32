//! [`App`]: the state, the index, the parts of the page, and the history.

use std::cell::{Cell, RefCell};

use pinfold_core::search::{Answer, Index, Sort};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::list::{self, List};
use crate::shared::state::{PAGE, State};
use crate::shared::time::sleep;

/// Typing is written to the history after a pause.
const HISTORY_PAUSE_MS: i32 = 350;

/// No card is lower.
const LEAST_CARD_PX: f64 = 64.0;

/// A part of the page, with what it shows.
pub(super) struct Part {
    pub(super) element: HtmlElement,
    shown: RefCell<String>,
}

impl Part {
    pub(super) fn new(element: HtmlElement) -> Self {
        Self { element, shown: RefCell::default() }
    }

    /// Notes what is to be shown; whether it is another text than before.
    fn is_new(&self, text: &str) -> bool {
        let new = *self.shown.borrow() != text;
        if new {
            text.clone_into(&mut self.shown.borrow_mut());
        }
        new
    }

    pub(super) fn set_text(&self, text: &str) {
        if self.is_new(text) {
            self.element.set_text_content(Some(text));
        }
    }

    pub(super) fn set_html(&self, html: &str) {
        if self.is_new(html) {
            self.element.set_inner_html(html);
        }
    }
}

/// What is mounted in the place of the list.
pub(super) struct Parts {
    /// The list that is in the page is around it.
    pub(super) results: Element,
    /// Seen when nothing is asked for: the way to the filters on a narrow screen.
    pub(super) phone: HtmlElement,
    /// Seen when something is asked for: all that follows.
    pub(super) live: HtmlElement,
    pub(super) trouble: Part,
    pub(super) count: Part,
    pub(super) sorts: HtmlElement,
    pub(super) chips: Part,
    pub(super) help: Part,
    pub(super) further: HtmlElement,
    pub(super) more: Part,
    pub(super) command: Part,
}

/// Everything, for as long as the page lives.
pub(super) struct App {
    pub(super) state: RefCell<State>,
    pub(super) index: RefCell<Index>,
    pub(super) answer: RefCell<Answer>,
    /// The results as they are shown.
    pub(super) list: RefCell<List>,
    pub(super) parts: Parts,
    /// The order that is marked as chosen.
    pub(super) sort: Cell<Sort>,
    /// Counts searches, so that a late answer is not shown.
    pub(super) turn: Cell<u32>,
    /// Whether the entry was read again, because a file that it names was gone.
    pub(super) reloaded: Cell<bool>,
    /// How many cards can be seen, unless the page is scrolled.
    pub(super) seen: Cell<Option<usize>>,
    /// Whether a key waits for its hits.
    pub(super) typing_now: Cell<bool>,
    /// Whether the last entry of the history is one that typing made.
    typing: Cell<bool>,
    pub(super) host: HtmlElement,
    /// Where the site is, seen from this page.
    pub(super) root: String,
    /// Where the index is.
    pub(super) path: RefCell<String>,
}

thread_local! {
    static APP: Cell<Option<&'static App>> = const { Cell::new(None) };
}

/// The app, once the index is there.
pub(super) fn current() -> Option<&'static App> {
    APP.get()
}

impl App {
    /// The app of this page.
    pub(super) fn new(
        index: Index,
        parts: Parts,
        host: HtmlElement,
        root: String,
        path: String,
    ) -> &'static Self {
        let app = Box::leak(Box::new(Self {
            state: RefCell::default(),
            index: RefCell::new(index),
            answer: RefCell::default(),
            list: RefCell::default(),
            parts,
            sort: Cell::new(Sort::Relevance),
            turn: Cell::new(0),
            reloaded: Cell::new(false),
            seen: Cell::new(None),
            typing_now: Cell::new(false),
            typing: Cell::new(false),
            host,
            root,
            path: RefCell::new(path),
        }));
        app.mark_sort(Sort::Relevance);
        APP.set(Some(app));
        app
    }

    /// Notes how many cards can be seen, by the height of those that are. Not when a key is pressed: the browser would
    /// lay the page out to say it.
    pub(super) fn measure(&self) {
        let seen = || {
            let window = web_sys::window()?;
            let height = window.inner_height().ok()?.as_f64()?;
            if window.scroll_y().ok()? >= 1.0 {
                return None;
            }
            let (top, least) = self.list.borrow_mut().measure().or_else(|| {
                // Before the first answer the page's own list stands there.
                list::first_cards(
                    &self.parts.results.query_selector(":scope>ol>li").ok().flatten()?.parent_element()?,
                )
            })?;
            Some(((height - top).max(0.0) / least.max(LEAST_CARD_PX)) as usize + 1)
        };
        self.seen.set(seen());
    }

    /// Changes the state by a click: a step in the history.
    pub(super) fn go(&'static self, state: State) {
        let before = self.state.replace(state.clone());
        if state == before {
            return;
        }
        if state.text != before.text {
            self.show_text();
        }
        self.typing.set(false);
        self.remember(true);
        self.run();
    }

    /// Changes the text by typing: one step in the history for all letters of a visit to the box.
    pub(super) fn typed(&'static self, text: String) {
        {
            let mut state = self.state.borrow_mut();
            state.text.clone_from(&text);
            state.shown = PAGE;
        }
        self.typing_now.set(true);
        self.run();
        self.typing_now.set(false);
        spawn_local(async move {
            sleep(HISTORY_PAUSE_MS).await;
            let still = self.state.borrow().text == text;
            if still && self.remember(!self.typing.get()) {
                self.typing.set(true);
            }
        });
    }

    /// What was typed is in the address before anything is opened; the next letter begins a new step there.
    pub(super) fn settle(&self) {
        self.remember(!self.typing.get());
        self.typing.set(false);
    }

    /// Writes the state into the address; whether that changed it.
    fn remember(&self, step: bool) -> bool {
        let params = self.state.borrow().to_params();
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

    pub(super) fn read_url(&'static self) {
        let params = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
        self.state.replace(State::from_params(&params));
        self.show_text();
        self.typing.set(false);
        self.run();
    }

    /// Puts the state's text into the box.
    fn show_text(&self) {
        if let Some(input) = crate::host::<HtmlInputElement>("q") {
            let state = self.state.borrow();
            if input.value() != state.text {
                input.set_value(&state.text);
            }
        }
    }

    /// Changes the state while something is dragged; a step in the history when it is let go.
    pub(super) fn set_live(&'static self, done: bool, state: State) {
        self.state.replace(state);
        self.run();
        if done {
            self.typing.set(false);
            self.remember(true);
        }
    }
}
