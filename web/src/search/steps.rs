//! How a change of state becomes a picture: hits at once, everything else in tasks after the frame, files where
//! they are needed.

use leptos::prelude::*;
use pinfold_core::search::{Answer, Facet, Index, Need};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use super::app::App;
use super::list::List;
use super::state::{BINS, State};
use super::{cards, combo, drag, export, load, panel, view};
use crate::shared::dom::{document, keeping_focus, show_own};

/// Rounds of fetching for one search.
const MAX_ROUNDS: usize = 12;
/// What is fetched or counted for hits waits until nothing was typed for so long.
const PAUSE_MS: i32 = 90;
/// What follows the hits gives way to the next letter after so long.
const BUDGET_MS: f64 = 6.0;

/// What follows a change of state, each in a task of its own so that the next letter need not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Ranked hits, with the reasons that are there already.
    Hits,
    /// Why they are hits, where that had to be fetched.
    Reasons,
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
    /// Searches and shows; fetches files where that is needed, and drops an answer that comes too late.
    /// Hits are painted at once; everything else follows.
    pub(super) fn run(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let turn = self.turn.get_value();
        let shown = self.attempt(Step::Hits).is_ok();
        spawn_local(async move {
            if let Err(reason) = self.follow(turn, shown).await {
                self.parts.trouble.set(format!("A part of the search index is missing: {reason}."));
            }
            if self.turn.get_value() == turn {
                self.show_panel();
                self.fetch_rest().await;
            }
        });
    }

    /// What comes after the hits, as long as nothing else is asked for.
    async fn follow(self, turn: u32, shown: bool) -> Result<(), String> {
        let facets = Facet::ALL.map(Step::Facet);
        let steps = [Step::Hits, Step::Reasons, Step::Columns].into_iter().chain(facets);
        let mut began = 0.0;
        for step in steps.chain([Step::Time, Step::Map]) {
            // As many in one frame as its time allows: each frame lays the page out and paints it.
            let pause = match step {
                Step::Hits => 0,
                Step::Reasons => PAUSE_MS,
                _ if load::now() - began > BUDGET_MS => 1,
                _ => 0,
            };
            if pause > 0 {
                load::after_frame(pause).await;
                began = load::now();
            }
            let due = match step {
                Step::Hits => !shown,
                Step::Reasons => self.lacks_reasons(),
                _ => {
                    // Where the filters wait behind a button, they are not counted before it is pressed.
                    if is_narrow() {
                        self.show_panel();
                    }
                    panel_is_shown()
                }
            };
            if due && !self.fetch_and_show(step, turn).await? || self.turn.get_value() != turn {
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

    /// Shows what is loaded, or names the files that are needed.
    fn attempt(self, step: Step) -> Result<(), Need> {
        match step {
            Step::Hits | Step::Reasons => {
                let mut request = self.state.with_untracked(State::request);
                request.brief = step == Step::Hits;
                let answer =
                    self.index.with_value(|index| index.as_ref().map(|index| index.search(&request)));
                answer.transpose()?.into_iter().for_each(|answer| self.show(answer));
            }
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
                    self.parts.when.set(panel::histogram(histogram, chosen));
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

    /// Asks the index about the answer that is shown.
    fn of_answer<T>(self, ask: impl FnOnce(&Index, &Answer) -> Result<T, Need>) -> Result<Option<T>, Need> {
        self.index.with_value(|index| {
            self.answer.with_value(|answer| {
                let (Some(index), Some(answer)) = (index, answer) else { return Ok(None) };
                ask(index, answer).map(Some)
            })
        })
    }

    /// Shows a step, with the files that it needs; whether it is still asked for.
    ///
    /// When a file is missing, the site may have been built anew since this page was opened: then its entry is
    /// read again, once.
    async fn fetch_and_show(self, step: Step, turn: u32) -> Result<bool, String> {
        for _ in 0..MAX_ROUNDS {
            if self.turn.get_value() != turn {
                return Ok(false);
            }
            let Err(need) = self.attempt(step) else {
                self.parts.trouble.set(String::new());
                return Ok(true);
            };
            match self.supply(&need.files).await {
                Ok(()) => self.reloaded.set_value(false),
                Err(reason) if self.reloaded.get_value() => return Err(reason),
                Err(_) => {
                    self.reloaded.set_value(true);
                    self.reload_entry().await?;
                    // Datasets have other numbers now: from the beginning.
                    self.run();
                }
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
        self.answer.set_value(None);
        self.list.update_value(List::clear);
        self.parts.ground.set(String::new());
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
                keeping_focus(|| {
                    self.list.update_value(|list| list.show(cards::results(index, &answer, &root)));
                    set(parts.help, cards::help(&answer, &state));
                    set(parts.chips, panel::chips(&state));
                });
                set(parts.count, cards::count_line(&answer));
                set(parts.command, state.command());
            }
            parts.left.set(if active { answer.total.saturating_sub(answer.hits.len()) } else { 0 });
        });
        self.answer.set_value(Some(answer));
        if let Some(results) = document().and_then(|document| document.get_element_by_id("results")) {
            show_own(&results, !active);
        }
        combo::show_pages(self, &state.text);
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
        Facet::ALL.into_iter().for_each(|facet| self.show_facet(facet));
    }

    fn show_facet(self, facet: Facet) {
        let opened = self.opened.get_value() & (1 << facet as u16) != 0;
        self.facets.with_value(|facets| {
            if let Some(counts) = facets.iter().find(|one| one.facet == facet) {
                keeping_focus(|| set(self.parts.facets[facet as usize], panel::facet(counts, opened)));
            }
        });
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

/// Changes a part where it differs from what is shown.
fn set(part: RwSignal<String>, html: String) {
    if part.with_untracked(|before| *before != html) {
        part.set(html);
    }
}

pub(super) fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()
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
