//! What follows an answer of the first part: counted and drawn in tasks after its frame, that the next key ends.

use leptos::prelude::*;
use pinfold_core::search::{Answer, Facet, Index, Need};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use super::app::App;
use super::map::Map;
use super::{counts, drag, export, link, pages, view};
use crate::shared::dom::{document, keeping_focus};
use crate::shared::time::{after_frame, sleep};
use crate::shared::words::{t, unreadable};

/// Parts of the histogram.
const BINS: usize = 120;
/// Rounds of fetching for one step.
const MAX_ROUNDS: usize = 12;
/// As much as is counted in one frame: each frame lays the page out and paints it.
const BUDGET_MS: f64 = 4.0;

/// What follows an answer, each in a task of its own so that the next letter need not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// What is counted.
    Columns,
    /// Counts of a facet.
    Facet(Facet),
    /// The histogram.
    Time,
    /// The map.
    Map,
}

impl App {
    /// Counts and draws the answer that the first part shows; one that comes too late is dropped.
    pub(super) fn run(self) {
        let turn = link::turn();
        spawn_local(async move {
            self.take_answer().await;
            pages::show(self);
            match self.follow(turn).await {
                Ok(()) if self.lacking.get_value() => {
                    self.lacking.set_value(false);
                    link::lacks("");
                }
                Ok(()) => {}
                Err(reason) => {
                    self.lacking.set_value(true);
                    link::lacks(&reason);
                }
            }
            if link::turn() == turn {
                self.show_panel();
            }
        });
    }

    /// Takes the answer and, where it is of another index, that index.
    pub(super) async fn take_answer(self) {
        let basis = link::answer();
        if self.path.with_value(|path| *path != basis.path) {
            let index = link::fetch(&basis.path, true).await.ok().and_then(|bytes| Index::open(bytes).ok());
            if let Some(index) = &index {
                let mut map = Map::around(index);
                self.map.with_value(|before| map.keep_land(before));
                self.map.set_value(map);
            }
            self.parts.ground.set(String::new());
            self.path.set_value(basis.path.clone());
            self.index.set_value(index);
        }
        self.basis.set_value(basis);
        let state = link::state();
        if self.state.with_untracked(|before| *before != state) {
            self.state.set(state);
        }
    }

    async fn follow(self, turn: u32) -> Result<(), String> {
        let facets = Facet::ALL.map(Step::Facet);
        let steps = [Step::Columns].into_iter().chain(facets).chain([Step::Time, Step::Map]);
        // Asked once: after each change of the page the browser would lay it out to answer.
        if is_narrow() {
            self.show_panel();
        }
        // Where the filters wait behind a button, they are not counted before it is pressed.
        if !panel_is_shown() {
            return Ok(());
        }
        let mut began = now();
        for step in steps {
            if now() - began > BUDGET_MS {
                after_frame(1).await;
                began = now();
            }
            if link::turn() != turn || !self.fetch_and_show(step, turn).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The filters come into the page when they are counted: the list beside the results changes once.
    fn show_panel(self) {
        if !self.panel.get_value() {
            self.panel.set_value(true);
            view::mount_filters(self);
            drag::listen(self);
        }
    }

    /// Shows what is loaded, or names the files that are needed.
    fn attempt(self, step: Step) -> Result<(), Need> {
        match step {
            Step::Columns => {
                let need = self.index.with_value(|index| index.as_ref().and_then(Index::need_counts));
                return need.map_or(Ok(()), Err);
            }
            Step::Facet(facet) => {
                let counts = self.of_answer(|index, answer| index.facet_counts(answer, facet))?.flatten();
                if let Some(counts) = counts {
                    self.facets.update_value(|all| {
                        all.retain(|one| one.facet != facet);
                        all.push(counts);
                    });
                    self.show_facet(facet);
                }
            }
            Step::Time => {
                let histogram = self.of_answer(|index, answer| index.histogram(answer, BINS))?.flatten();
                if let Some(histogram) = &histogram {
                    let chosen = self.state.with_untracked(|state| state.filters.time);
                    set(self.parts.when, counts::histogram(histogram, chosen));
                }
                self.histogram.set_value(histogram);
            }
            Step::Map => match self.index.with_value(|index| index.as_ref().and_then(Index::need_places)) {
                Some(need) => return Err(need),
                None => self.show_map(),
            },
        }
        Ok(())
    }

    /// Asks the index about the answer.
    fn of_answer<T>(self, ask: impl FnOnce(&Index, &Answer) -> Result<T, Need>) -> Result<Option<T>, Need> {
        self.index.with_value(|index| {
            let Some(index) = index else { return Ok(None) };
            let answer = self.basis.with_value(|basis| {
                Answer::of_basis(index.len(), basis.docs.clone(), basis.fails.clone(), basis.filters.clone())
            });
            ask(index, &answer).map(Some)
        })
    }

    /// Shows a step, with the files that it needs; whether it is still asked for.
    async fn fetch_and_show(self, step: Step, turn: u32) -> Result<bool, String> {
        for _ in 0..MAX_ROUNDS {
            if link::turn() != turn {
                return Ok(false);
            }
            let Err(need) = self.attempt(step) else { return Ok(true) };
            self.supply(need, true).await?;
        }
        Err(t("it asks for ever more files").to_owned())
    }

    async fn supply(self, need: Need, keep: bool) -> Result<(), String> {
        let folder =
            self.path.with_value(|path| path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")));
        let folder = folder.unwrap_or_default();
        let files = need.files.iter().map(|name| {
            let address = format!("{folder}{name}");
            async move { link::fetch(&address, keep).await }
        });
        let loaded = futures::future::join_all(files).await;
        self.index
            .try_update_value(|index| {
                let Some(index) = index else { return Ok(()) };
                need.files
                    .iter()
                    .zip(loaded)
                    .try_for_each(|(name, bytes)| index.supply(name, bytes?).map_err(unreadable))
            })
            .unwrap_or(Ok(()))
    }

    fn show_map(self) {
        let parts = self.parts;
        let (active, bbox) = self.state.with_untracked(|state| (state.is_active(), state.filters.bbox));
        self.with_index(|index| {
            self.map.with_value(|map| {
                if parts.ground.with_untracked(String::is_empty) {
                    parts.ground.set(map.ground(index));
                }
                let none = Vec::new();
                self.basis.with_value(|basis| {
                    set(parts.hits, map.hits(index, if active { &basis.hits } else { &none }, bbox));
                });
            });
        });
        if let Some(path) = self.land.try_update_value(Option::take).flatten() {
            spawn_local(async move {
                match link::fetch(&path, false).await {
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
        Facet::ALL.into_iter().for_each(|facet| self.show_facet(facet));
    }

    fn show_facet(self, facet: Facet) {
        let opened = self.opened.get_value() & (1 << facet as u16) != 0;
        self.facets.with_value(|facets| {
            if let Some(counts) = facets.iter().find(|one| one.facet == facet) {
                keeping_focus(|| set(self.parts.facets[facet as usize], counts::facet(counts, opened)));
            }
        });
    }

    /// All hits as a file.
    pub(super) async fn export(self, kind: export::Kind) {
        self.take_answer().await;
        let docs = self.basis.with_value(|basis| basis.hits.clone());
        let need = self.index.with_value(|index| index.as_ref().and_then(|index| index.need_records(&docs)));
        if let Some(need) = need
            && let Err(reason) = self.supply(need, false).await
        {
            self.lacking.set_value(true);
            return link::lacks(&reason);
        }
        let text =
            self.index.with_value(|index| index.as_ref().map(|index| export::write(kind, index, &docs)));
        let (name, media_type) = kind.file();
        export::download(name, media_type, &text.unwrap_or_default()).await;
    }

    /// Waits until nothing was typed for a while; whether this is still what is searched for.
    pub(super) async fn is_typed(self, text: &str, ms: i32) -> bool {
        sleep(ms).await;
        link::state().text.trim() == text
    }
}

/// Changes a part where it differs from what is shown.
pub(super) fn set(part: RwSignal<String>, html: String) {
    if part.with_untracked(|before| *before != html) {
        part.set(html);
    }
}

/// Milliseconds since the page was opened.
fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// Whether the button is there behind which the filters wait.
fn is_narrow() -> bool {
    let buttons = document().and_then(|document| document.query_selector_all(".open-narrow").ok());
    buttons.is_some_and(|buttons| {
        (0..buttons.length())
            .filter_map(|at| buttons.item(at)?.dyn_into::<Element>().ok())
            .any(|one| one.client_height() > 0)
    })
}

/// Whether the filters beside the list are to be seen: on a narrow screen they wait behind a button.
fn panel_is_shown() -> bool {
    let aside = document().and_then(|document| document.get_element_by_id("filters"));
    aside.is_some_and(|aside| aside.client_height() > 0)
}
