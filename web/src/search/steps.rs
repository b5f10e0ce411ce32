//! How a change of state becomes a picture: hits at once, everything else in tasks after the frame, files where
//! they are needed.

use pinfold_core::search::{Answer, Index, Need, Sort};
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use super::app::App;
use super::{cards, chips, load};
use crate::shared::dom::{keeping_focus, show_list, show_own};
use crate::shared::state::PAGE;
use crate::shared::time::{painted, sleep};
use crate::shared::words::{Count, fill, t, unreadable};

/// Rounds of fetching for one search.
const MAX_ROUNDS: usize = 12;
/// Hits that are out of sight, pictures, and what is fetched or counted for hits, wait until nothing was typed for so long: longer
/// than from key to key.
const PAUSE_MS: i32 = 160;

impl App {
    /// Searches and shows; fetches files where that is needed, and drops an answer that comes too late.
    /// Hits are painted at once; everything else follows.
    pub(super) fn run(&'static self) {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        let few = self.at_once();
        let shown = self.attempt(true, few).is_ok();
        spawn_local(async move {
            if let Err(reason) = self.follow(turn, shown, few).await {
                self.tell(&reason);
            }
            if self.turn.get() == turn {
                // The other part counts and draws.
                let _ = Event::new("answer").map(|event| self.host.dispatch_event(&event));
                self.fetch_rest().await;
            }
        });
    }

    /// What comes after the hits, as long as nothing else is asked for.
    async fn follow(&'static self, turn: u32, shown: bool, few: Option<usize>) -> Result<(), String> {
        if !shown && !self.fetch_and_show(true, few, turn).await? {
            return Ok(());
        }
        painted().await;
        // Nothing is to be laid out again for it now.
        self.measure();
        sleep(PAUSE_MS).await;
        if self.turn.get() != turn {
            return Ok(());
        }
        self.list.borrow_mut().show_pictures();
        if self.lacks_hits() {
            // Those out of sight; files that only they need are asked for like any.
            self.fetch_and_show(true, None, turn).await?;
        }
        let lacks_reasons = self.answer.borrow().hits.iter().any(|hit| hit.brief);
        if lacks_reasons {
            self.fetch_and_show(false, None, turn).await?;
        }
        // The next key keeps the list as high as it is now.
        painted().await;
        self.measure();
        Ok(())
    }

    /// Whether only the hits that can be seen are in the page.
    fn lacks_hits(&self) -> bool {
        let (answer, state) = (self.answer.borrow(), self.state.borrow());
        state.is_active() && answer.hits.len() < answer.docs.len().min(state.shown)
    }

    /// How many cards a key waits for: those that can be seen. Everything else waits for all.
    fn at_once(&self) -> Option<usize> {
        self.typing_now.get().then(|| self.seen.get()).flatten()
    }

    fn tell(&self, reason: &str) {
        let text = match reason {
            "" => String::new(),
            reason => fill("A part of the search index is missing: {}.", &[&reason]),
        };
        self.parts.trouble.element.set_hidden(text.is_empty());
        self.parts.trouble.set_text(&text);
        if !text.is_empty() {
            show_list();
        }
    }

    /// The few other files of a small catalogue, before they are asked for.
    async fn fetch_rest(&self) {
        let need = self.index.borrow().need_rest();
        if let Some(need) = need {
            // What could not be had is asked for again, and told, when it is needed.
            let _ = self.supply(need).await;
        }
    }

    /// Shows what is loaded, or names the files that are needed. Brief hits do not wait for their reasons.
    fn attempt(&self, brief: bool, described: Option<usize>) -> Result<(), Need> {
        let mut request = self.state.borrow().request();
        (request.brief, request.described) = (brief, described);
        let answer = self.index.borrow().search(&request)?;
        let all = described.is_none() || answer.hits.len() >= answer.docs.len().min(request.limit);
        self.show(answer, all, described.is_some());
        Ok(())
    }

    /// Shows hits, or a `few` of them, with the files that they need; whether they are still asked for.
    ///
    /// When a file is missing, the site may have been built anew since this page was opened: then its entry is
    /// read again, once.
    async fn fetch_and_show(
        &'static self,
        brief: bool,
        few: Option<usize>,
        turn: u32,
    ) -> Result<bool, String> {
        for _ in 0..MAX_ROUNDS {
            if self.turn.get() != turn {
                return Ok(false);
            }
            let Err(need) = self.attempt(brief, few) else {
                self.tell("");
                return Ok(true);
            };
            match self.supply(need).await {
                Ok(()) => self.reloaded.set(false),
                Err(reason) => self.reload(reason).await?,
            }
        }
        Err(t("it asks for ever more files").to_owned())
    }

    /// A file could not be had: reads the entry again, where that was not tried before, and begins anew.
    async fn reload(&'static self, reason: String) -> Result<(), String> {
        if self.reloaded.replace(true) {
            return Err(reason);
        }
        self.reload_entry().await?;
        // Datasets have other numbers now: from the beginning.
        self.run();
        Ok(())
    }

    /// What the other part says when it lacks a file; nothing, when it lacks none any more.
    pub(super) async fn lacks(&'static self, reason: String) {
        if reason.is_empty() {
            self.reloaded.set(false);
            self.tell("");
        } else if let Err(reason) = self.reload(reason).await {
            self.tell(&reason);
        }
    }

    async fn supply(&self, need: Need) -> Result<(), String> {
        let folder = folder_of(&self.path.borrow());
        let files = {
            let index = self.index.borrow();
            let keep = |name: String| {
                let keep = index.has_columns(&name);
                (name, keep)
            };
            need.files.into_iter().map(keep).collect()
        };
        for (name, bytes) in load::fetch_all(&folder, files).await? {
            self.index.borrow_mut().supply(&name, bytes).map_err(unreadable)?;
        }
        Ok(())
    }

    async fn reload_entry(&self) -> Result<(), String> {
        let here = web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default();
        let page =
            String::from_utf8(load::fetch(&here, true).await?).map_err(|_| t("the page is no text"))?;
        let path =
            page.split_once("data-index=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(path, _)| path);
        let path = path.ok_or_else(|| t("the page names no index"))?;
        let index = Index::open(load::fetch(path, false).await?).map_err(unreadable)?;
        path.clone_into(&mut self.path.borrow_mut());
        self.index.replace(index);
        self.answer.replace(Answer::default());
        self.list.borrow_mut().clear();
        Ok(())
    }

    /// Marks the order that is chosen.
    pub(super) fn mark_sort(&self, sort: Sort) {
        let buttons = self.parts.sorts.children();
        for at in 0..buttons.length() {
            let Some(button) = buttons.item(at) else { continue };
            let _ = match button.get_attribute("data-sort").as_deref() == Some(sort.name()) {
                true => button.set_attribute("aria-current", "true"),
                false => button.remove_attribute("aria-current"),
            };
        }
    }

    fn show(&self, answer: Answer, all: bool, typed: bool) {
        let parts = &self.parts;
        let state = self.state.borrow();
        let active = state.is_active();
        if active {
            let index = self.index.borrow();
            keeping_focus(|| {
                self.list.borrow_mut().show(cards::results(&index, &answer, &self.root), all, typed);
                parts.help.set_html(&cards::help(&answer, &state));
                parts.chips.set_html(&chips::chips(&state));
            });
            parts.count.set_text(&cards::count_line(&answer));
            parts.command.set_text(&state.command());
            let left = answer.total.saturating_sub(state.shown);
            parts.further.set_hidden(left == 0);
            if left > 0 {
                parts.more.set_text(&fill("Show {} more of {}", &[&left.min(PAGE * 2), &Count(left)]));
            }
            if self.sort.replace(state.sort) != state.sort {
                self.mark_sort(state.sort);
            }
        }
        parts.live.set_hidden(!active);
        parts.phone.set_hidden(active);
        show_own(&parts.results, !active);
        show_list();
        drop(state);
        self.answer.replace(answer);
    }
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()
}
