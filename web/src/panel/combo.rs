//! The search box: a combobox over the page's own input, after the ARIA authoring practices.

use pinfold_core::search::{Facet, Suggestion};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::app::App;
use super::link::{self, How};
use crate::shared::dom::{attribute, document, listen, part};
use crate::shared::html::escaped;
use crate::shared::state::PAGE;
use crate::shared::time::painted;
use crate::shared::words::{datasets, t, value_words};

/// Suggestions of words and values, and titles below them.
const VALUES: usize = 6;
const TITLES: usize = 2;

/// What an option does when it is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    /// Goes on with a word.
    Word(String),
    /// Ticks a value and takes the typed words out.
    Value(Facet, String),
    /// Opens a dataset.
    Dataset(String),
}

#[derive(Debug, Default)]
struct Combo {
    choices: Vec<Choice>,
    active: Option<usize>,
}

/// Listens to the page's search box; from now on it searches as one types.
pub(super) fn listen_to_box(app: App, host: &HtmlElement) {
    let Some(input) = crate::host::<HtmlInputElement>("q") else { return };
    let Some(form) = input.form() else { return };
    let Some(list) = part(&form, "ul") else { return };
    let _ = form.append_child(&list);
    list.set_id("sugg");
    list.set_hidden(true);
    for (name, value) in [("role", "listbox"), ("aria-label", t("Suggestions"))] {
        let _ = list.set_attribute(name, value);
    }
    for (name, value) in [
        ("role", "combobox"),
        ("aria-expanded", "false"),
        ("aria-controls", "sugg"),
        ("aria-autocomplete", "list"),
        ("autocomplete", "off"),
        ("spellcheck", "false"),
        ("maxlength", "1000"),
    ] {
        let _ = input.set_attribute(name, value);
    }
    let _ = host.set_attribute("aria-busy", "false");
    let combo = std::rc::Rc::new(std::cell::RefCell::new(Combo::default()));

    let (c, i, l) = (combo.clone(), input.clone(), list.clone());
    listen(&input, "input", move |_: Event| {
        let text = i.value();
        // The hits are painted first.
        let (c, i, l) = (c.clone(), i.clone(), l.clone());
        spawn_local(async move {
            painted().await;
            if i.value() == text && has_focus(&i) {
                c.borrow_mut().open(app, &i, &l);
            }
        });
    });
    let (c, i, l) = (combo.clone(), input.clone(), list.clone());
    listen(&input, "keydown", move |event: Event| {
        let event: &KeyboardEvent = event.unchecked_ref();
        let mut combo = c.borrow_mut();
        match event.key().as_str() {
            "ArrowDown" if combo.choices.is_empty() => combo.open(app, &i, &l),
            "ArrowDown" => combo.step(1, &i, &l),
            "ArrowUp" => combo.step(-1, &i, &l),
            "Enter" => {
                if let Some(choice) = combo.active.and_then(|at| combo.choices.get(at).cloned()) {
                    event.prevent_default();
                    combo.close(&i, &l);
                    choose(app, choice);
                } else {
                    combo.close(&i, &l);
                }
                return;
            }
            "Escape" if !combo.choices.is_empty() => combo.close(&i, &l),
            "Escape" => app.change(How::Step, |state| state.text.clear()),
            "Home" | "End" if combo.active.is_some() => {
                combo.active = None;
                combo.point(&i, &l);
                return;
            }
            _ => return,
        }
        event.prevent_default();
    });
    let (c, i, l) = (combo.clone(), input.clone(), list.clone());
    listen(&input, "blur", move |_| {
        c.borrow_mut().close(&i, &l);
    });
    // Before the box loses the focus.
    listen(&list, "mousedown", move |event: Event| event.prevent_default());
    let (c, i, l) = (combo, input.clone(), list.clone());
    listen(&list, "click", move |event: Event| {
        let Some((_, at)) = attribute(&event, "data-at") else { return };
        let choice = at.parse().ok().and_then(|at: usize| c.borrow().choices.get(at).cloned());
        c.borrow_mut().close(&i, &l);
        if let Some(choice) = choice {
            choose(app, choice);
        }
    });
}

fn has_focus(input: &HtmlInputElement) -> bool {
    let active = document().and_then(|document| document.active_element());
    active.is_some_and(|active| active.id() == input.id())
}

/// CID and title of the best hits, as they are shown.
fn first_hits(most: usize) -> Vec<(String, String)> {
    let links = document().and_then(|document| document.query_selector_all("#app-hits .title a").ok());
    let Some(links) = links else { return Vec::new() };
    let one = |at: u32| {
        let link: HtmlElement = links.item(at)?.dyn_into().ok()?;
        let address = link.get_attribute("href")?;
        let (_, cid) = address.trim_end_matches('/').rsplit_once('/')?;
        Some((cid.to_owned(), link.text_content()?))
    };
    (0..links.length().min(most as u32)).filter_map(one).collect()
}

fn choose(app: App, choice: Choice) {
    match choice {
        Choice::Word(word) => app.change(How::Step, |state| {
            let kept = state.text.rsplit_once(char::is_whitespace).map_or("", |(kept, _)| kept);
            state.text = if kept.is_empty() { word } else { format!("{kept} {word}") };
            state.shown = PAGE;
        }),
        Choice::Value(facet, value) => app.change(How::Step, |state| {
            let kept = without_typed(&state.text, &value);
            state.text = kept;
            state.filters.facets.add(facet, &value);
            state.shown = PAGE;
        }),
        Choice::Dataset(cid) => {
            link::settle();
            let address = format!("{}ds/{cid}/", app.root_text());
            if let Some(window) = web_sys::window() {
                let _ = window.location().set_href(&address);
            }
        }
    }
}

/// The text without the last words that the value stands for: `radar rv met` and `RV Meteor` leave `radar`.
fn without_typed(text: &str, value: &str) -> String {
    let key = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let value = key(value);
    for n in (1..=words.len().min(3)).rev() {
        let (kept, typed) = words.split_at(words.len() - n);
        if value.contains(&key(&typed.join(" "))) {
            return kept.join(" ");
        }
    }
    words[..words.len().saturating_sub(1)].join(" ")
}

impl Combo {
    fn open(&mut self, app: App, input: &HtmlInputElement, list: &HtmlElement) {
        let text = input.value();
        self.active = None;
        self.choices.clear();
        let mut html = String::new();
        app.with_index(|index| {
            for Suggestion { facet, value, datasets: n } in index.suggest(&text, link::words(), VALUES) {
                let (words, kind) = match facet {
                    Some(facet) => (escaped(&value_words(facet, &value)), t(facet.name())),
                    None => (escaped(&value), t("word")),
                };
                self.option(
                    &mut html,
                    &format!("{words} <span class=\"quiet\">{kind}, {}</span>", datasets(n)),
                );
                self.choices.push(match facet {
                    Some(facet) => Choice::Value(facet, value),
                    None => Choice::Word(value),
                });
            }
        });
        if text.trim().len() >= 2 {
            for (cid, title) in first_hits(TITLES) {
                self.option(
                    &mut html,
                    &format!("{} <span class=\"quiet\">{}</span>", escaped(&title), t("dataset")),
                );
                self.choices.push(Choice::Dataset(cid));
            }
        }
        list.set_inner_html(&html);
        list.set_hidden(self.choices.is_empty());
        let _ = input.set_attribute("aria-expanded", if self.choices.is_empty() { "false" } else { "true" });
        self.point(input, list);
    }

    fn option(&self, html: &mut String, inner: &str) {
        let at = self.choices.len();
        html.push_str(&format!(
            "<li role=\"option\" id=\"sugg-{at}\" data-at=\"{at}\" aria-selected=\"false\">{inner}</li>"
        ));
    }

    fn close(&mut self, input: &HtmlInputElement, list: &HtmlElement) {
        self.choices.clear();
        self.active = None;
        list.set_hidden(true);
        let _ = input.set_attribute("aria-expanded", "false");
        let _ = input.remove_attribute("aria-activedescendant");
    }

    /// Moves on; past either end lies the box itself.
    fn step(&mut self, by: isize, input: &HtmlInputElement, list: &HtmlElement) {
        let n = self.choices.len() as isize;
        if n == 0 {
            return;
        }
        let at = self.active.map_or(-1, |at| at as isize);
        let next = (at + 1 + by).rem_euclid(n + 1) - 1;
        self.active = usize::try_from(next).ok();
        self.point(input, list);
    }

    fn point(&self, input: &HtmlInputElement, list: &HtmlElement) {
        let options = list.children();
        for at in 0..options.length() {
            let Some(option) = options.item(at) else { continue };
            let chosen = self.active == Some(at as usize);
            let _ = option.set_attribute("aria-selected", if chosen { "true" } else { "false" });
            if chosen {
                option.scroll_into_view_with_bool(false);
            }
        }
        let _ = match self.active {
            Some(at) => input.set_attribute("aria-activedescendant", &format!("sugg-{at}")),
            None => input.remove_attribute("aria-activedescendant"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_value_replaces_what_was_typed_for_it() {
        assert_eq!(without_typed("radar rv met", "RV Meteor"), "radar");
        assert_eq!(without_typed("kluft", "Lukas Kluft"), "");
        assert_eq!(without_typed("sea surf", "sea_surface_temperature"), "");
        assert_eq!(without_typed("radar metoer", "RV Meteor"), "radar");
        assert_eq!(without_typed("", "RV Meteor"), "");
    }
}
