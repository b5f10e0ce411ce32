//! [`App`]: signals, the index, the history, and how a change of state becomes a picture.

use js_sys::{Promise, Uint8Array};
use leptos::prelude::*;
use pinfold_core::search::{Answer, Facet, FacetCounts, Index};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlElement, HtmlInputElement, PopStateEvent};

use super::dom::{document, keeping_focus, listen, part, show_own};
use super::html::escaped;
use super::map::Map;
use super::state::{BINS, PAGE, State};
use super::{cards, combo, drag, export, load, panel, view};

/// Typing is written to the history after a pause.
const HISTORY_PAUSE_MS: i32 = 350;
/// Rounds of fetching for one search.
const MAX_ROUNDS: usize = 12;
/// Facets, time and map follow when nothing was typed for so long.
const PANEL_PAUSE_MS: i32 = 90;

/// What follows a change of state, each in a task of its own so that the next letter need not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Ranked hits, with the reasons that are there already.
    Hits,
    /// Why they are hits, where that had to be fetched.
    Reasons,
    /// Counts of facets.
    Facets,
    /// The histogram.
    Time,
    /// The map.
    Map,
}

/// What the page shows, as HTML.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    pub(super) count: RwSignal<String>,
    pub(super) results: RwSignal<String>,
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
    facets: StoredValue<Vec<FacetCounts>, LocalStorage>,
    /// Where the map's land is; taken when it is fetched.
    land: StoredValue<Option<String>>,
    pub(super) map: StoredValue<Map, LocalStorage>,
    /// Facets whose values are all shown, as bits.
    pub(super) opened: StoredValue<u16>,
    /// Counts searches, so that a late answer is not shown.
    turn: StoredValue<u32>,
    /// Whether the last entry of the history is one that typing made.
    typing: StoredValue<bool>,
    /// Where the site is, seen from this page, and the folder of the index.
    pub(super) root: StoredValue<String>,
    folder: StoredValue<String>,
    pub(super) pages_index: StoredValue<Option<String>>,
}

impl App {
    fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            state: RwSignal::new(State::default()),
            parts: Parts {
                count: text(),
                results: text(),
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
            land: StoredValue::new(None),
            map: StoredValue::new_local(Map::default()),
            opened: StoredValue::new(0),
            turn: StoredValue::new(0),
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

    fn read_url(self) {
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

    /// Searches and shows; fetches files where that is needed, and drops an answer that comes too late.
    /// Hits are painted at once; everything else follows.
    pub(super) fn run(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let turn = self.turn.get_value();
        let shown = self.attempt(Step::Hits).is_ok();
        spawn_local(async move {
            for step in [Step::Hits, Step::Reasons, Step::Facets, Step::Time, Step::Map] {
                let due = match step {
                    Step::Hits => !shown,
                    Step::Reasons => {
                        load::painted().await;
                        self.lacks_reasons()
                    }
                    Step::Facets => {
                        load::sleep(PANEL_PAUSE_MS).await;
                        panel_is_shown()
                    }
                    Step::Time | Step::Map => {
                        load::painted().await;
                        panel_is_shown()
                    }
                };
                if self.turn.get_value() != turn {
                    return;
                }
                if due && let Err(reason) = self.fetch_and_show(step, turn).await {
                    self.parts.trouble.set(format!("A part of the search index is missing: {reason}."));
                    return;
                }
            }
            if self.turn.get_value() == turn {
                self.fetch_rest().await;
            }
        });
    }

    fn lacks_reasons(self) -> bool {
        self.answer.with_value(|answer| {
            answer.as_ref().is_some_and(|answer| answer.hits.iter().any(|hit| hit.brief))
        })
    }

    /// The few other files of a small catalogue, before they are asked for.
    async fn fetch_rest(self) {
        if let Some(need) = self.index.with_value(|index| index.as_ref().and_then(Index::need_rest)) {
            // What could not be had is asked for again, and told, when it is needed.
            let _ = self.supply(&need.files).await;
        }
    }

    /// Answers from what is loaded, or names the files that are needed.
    fn attempt(self, step: Step) -> Result<(), Vec<String>> {
        let mut request = self.state.with_untracked(State::request);
        match step {
            Step::Hits => request.brief = true,
            Step::Reasons => {}
            Step::Facets => (request.facets, request.limit) = (true, 0),
            Step::Time | Step::Map => (request.histogram_bins, request.limit) = (BINS, 0),
        }
        if step == Step::Map {
            let need = self.index.with_value(|index| index.as_ref().and_then(Index::need_places));
            return match need {
                Some(need) => Err(need.files),
                None => {
                    self.show_map();
                    Ok(())
                }
            };
        }
        let answer = self.index.with_value(|index| index.as_ref().map(|index| index.search(&request)));
        match answer {
            None => Ok(()),
            Some(Err(need)) => Err(need.files),
            Some(Ok(answer)) => {
                match step {
                    Step::Facets => {
                        self.facets.set_value(answer.facets);
                        self.show_facets();
                    }
                    Step::Time | Step::Map => self.show_time(&answer),
                    Step::Hits | Step::Reasons => self.show(answer),
                }
                Ok(())
            }
        }
    }

    async fn fetch_and_show(self, step: Step, turn: u32) -> Result<(), String> {
        let mut reloaded = false;
        for _ in 0..MAX_ROUNDS {
            if self.turn.get_value() != turn {
                return Ok(());
            }
            let Err(files) = self.attempt(step) else {
                self.parts.trouble.set(String::new());
                return Ok(());
            };
            match self.supply(&files).await {
                Ok(()) => {}
                // The site may have been built anew since this page was opened.
                Err(_) if !reloaded => {
                    reloaded = true;
                    self.reload_entry().await?;
                }
                Err(reason) => return Err(reason),
            }
        }
        Err("it asks for ever more files".to_owned())
    }

    async fn supply(self, files: &[String]) -> Result<(), String> {
        let loaded = load::fetch_all(&self.folder.get_value(), files).await?;
        self.index
            .try_update_value(|index| {
                let Some(index) = index else { return Ok(()) };
                loaded
                    .into_iter()
                    .try_for_each(|(name, bytes)| index.supply(&name, bytes).map_err(|e| e.to_string()))
            })
            .unwrap_or(Ok(()))
    }

    async fn reload_entry(self) -> Result<(), String> {
        let page = load::fetch_fresh(
            &web_sys::window().and_then(|w| w.location().pathname().ok()).unwrap_or_default(),
        )
        .await?;
        let page = String::from_utf8_lossy(&page).into_owned();
        let path =
            page.split_once("data-index=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(path, _)| path);
        let path = path.ok_or("the page names no index")?;
        let index = Index::open(load::fetch(path).await?).map_err(|error| error.to_string())?;
        self.folder.set_value(folder_of(path));
        self.index.set_value(Some(index));
        Ok(())
    }

    fn show(self, answer: Answer) {
        let parts = self.parts;
        let state = self.state.get_untracked();
        let active = state.is_active();
        self.index.with_value(|index| {
            let Some(index) = index else { return };
            if active {
                let root = self.root.get_value();
                let results = cards::results(index, &answer, &root);
                keeping_focus(|| {
                    parts.results.set(results);
                    parts.help.set(cards::help(&answer, &state));
                    parts.chips.set(panel::chips(&state));
                });
                parts.count.set(cards::count_line(&answer));
                parts.command.set(state.command());
            }
            parts.left.set(if active { answer.total.saturating_sub(answer.hits.len()) } else { 0 });
        });
        self.answer.set_value(Some(answer));
        if let Some(results) = document().and_then(|document| document.get_element_by_id("results")) {
            show_own(&results, !active);
        }
        combo::show_pages(self, &state.text);
    }

    fn show_time(self, answer: &Answer) {
        if let Some(histogram) = &answer.histogram {
            let chosen = self.state.with_untracked(|state| state.filters.time);
            self.parts.when.set(panel::histogram(histogram, chosen));
        }
    }

    fn show_map(self) {
        let parts = self.parts;
        let (active, bbox) = self.state.with_untracked(|state| (state.is_active(), state.filters.bbox));
        let docs = match self.answer.with_value(|answer| answer.as_ref().map(|answer| answer.docs.clone())) {
            Some(docs) if active => docs,
            _ => Vec::new(),
        };
        self.with_index(|index| {
            self.map.with_value(|map| {
                if parts.ground.with_untracked(String::is_empty) {
                    parts.ground.set(map.ground(index));
                }
                parts.hits.set(map.hits(index, &docs, bbox));
            });
        });
        if let Some(path) = self.land.try_update_value(Option::take).flatten() {
            spawn_local(async move {
                match load::fetch(&path).await {
                    Ok(bytes) => {
                        self.map.update_value(|map| map.set_land(&String::from_utf8_lossy(&bytes)));
                        self.with_index(|index| {
                            self.map.with_value(|map| self.parts.ground.set(map.ground(index)));
                        });
                    }
                    // A map without land; the next search asks again.
                    Err(_) => self.land.set_value(Some(path)),
                }
            });
        }
    }

    /// Draws the facets that were counted last.
    pub(super) fn show_facets(self) {
        let opened = self.opened.get_value();
        self.facets.with_value(|facets| {
            keeping_focus(|| {
                for counts in facets {
                    let html = panel::facet(counts, opened & (1 << counts.facet as u16) != 0);
                    let part = self.parts.facets[counts.facet as usize];
                    if part.with_untracked(|before| *before != html) {
                        part.set(html);
                    }
                }
            });
        });
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

    /// First and last day of all data.
    pub(super) fn time(self) -> Option<(i32, i32)> {
        self.index.with_value(|index| index.as_ref().and_then(Index::time))
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

    /// All hits as a file.
    pub(super) fn export(self, kind: export::Kind) {
        spawn_local(async move {
            let docs = self.answer.with_value(|answer| answer.as_ref().map(|answer| answer.docs.clone()));
            let docs = docs.unwrap_or_default();
            let need =
                self.index.with_value(|index| index.as_ref().and_then(|index| index.need_records(&docs)));
            if let Some(need) = need
                && let Err(reason) = self.supply(&need.files).await
            {
                self.parts.trouble.set(format!("The list could not be made: {reason}."));
                return;
            }
            let text =
                self.index.with_value(|index| index.as_ref().map(|index| export::write(kind, index, &docs)));
            let (name, media_type) = kind.file();
            load::download(name, media_type, &text.unwrap_or_default()).await;
        });
    }
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()
}

/// Begins: reads the index, then mounts.
pub(super) fn start(entry: Option<Promise>) {
    let Some(host) = crate::host::<HtmlElement>("search") else { return };
    let Some(path) = host.get_attribute("data-index") else { return };
    // Signals live as long as the page.
    let owner = Owner::new();
    owner.set();
    let app = App::new();
    std::mem::forget(owner);
    let root = document().and_then(|document| document.document_element());
    app.root.set_value(root.and_then(|root| root.get_attribute("data-root")).unwrap_or_default());
    app.folder.set_value(folder_of(&path));
    app.pages_index.set_value(host.get_attribute("data-pages"));
    app.land.set_value(host.get_attribute("data-land"));
    spawn_local(async move {
        match first_bytes(entry, &path)
            .await
            .and_then(|bytes| Index::open(bytes).map_err(|error| error.to_string()))
        {
            Ok(index) => ready(app, index, &host),
            Err(reason) => failed(&host, &reason),
        }
    });
}

async fn first_bytes(entry: Option<Promise>, path: &str) -> Result<Vec<u8>, String> {
    if let Some(entry) = entry
        && let Ok(buffer) = JsFuture::from(entry).await
        && buffer.is_object()
    {
        return Ok(Uint8Array::new(&buffer).to_vec());
    }
    load::fetch(path).await
}

fn ready(app: App, index: Index, host: &HtmlElement) {
    app.map.set_value(Map::around(&index));
    app.index.set_value(Some(index));
    view::mount(app, host);
    combo::listen_to_box(app, host);
    drag::listen(app);
    if let Some(window) = web_sys::window() {
        listen(&window, "popstate", move |_: PopStateEvent| app.read_url());
    }
    if let Some(aside) = document().and_then(|document| document.get_element_by_id("filters")) {
        listen(&aside, "toggle", move |_: web_sys::Event| app.run());
    }
    app.read_url();
    // What was typed while this module was on its way.
    if let Some(input) = crate::host::<HtmlInputElement>("q")
        && app.state.with_untracked(|state| state.text.is_empty())
        && !input.value().is_empty()
    {
        app.typed(input.value());
    }
    let _ = host.set_attribute("data-ready", "");
}

/// Whether the filters beside the list are to be seen: on a narrow screen they wait behind a button.
fn panel_is_shown() -> bool {
    let aside = document().and_then(|document| document.get_element_by_id("filters"));
    aside.is_some_and(|aside| aside.client_height() > 0)
}

/// The list stays; a sentence says why there is no search, and a button tries again.
fn failed(host: &Element, reason: &str) {
    let Some(note) = part(host, "div") else { return };
    // Below the box, where the eye is.
    let _ = host.append_child(&note);
    note.set_class_name("note warn");
    let _ = note.set_attribute("role", "status");
    note.set_inner_html(&format!(
        "<svg viewBox=\"0 0 18 18\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linejoin=\"round\"><path d=\"M9 2.5L16.5 15.5H1.5zM9 7.2v4M9 13v.6\"/></svg><div><p>Search is not available: {}. The list below is complete; the browser’s own find works on it.</p><p class=\"row\"><button class=\"btn slim\" type=\"button\">Load again</button></p></div>",
        escaped(reason)
    ));
    let again = note.clone();
    listen(&note, "click", move |event: web_sys::MouseEvent| {
        let on_button = event.target().is_some_and(|target| {
            wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlButtonElement>(target).is_ok()
        });
        if on_button {
            again.remove();
            start(None);
        }
    });
}
