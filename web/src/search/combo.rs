//! The search box: a combobox over the page's own input, after the ARIA authoring practices.

use leptos::prelude::{GetValue as _, Set as _};
use pinfold_core::search::{Facet, Suggestion};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, FocusEvent, HtmlElement, HtmlInputElement, KeyboardEvent, MouseEvent};

use super::app::App;
use super::panel::value_words;
use super::state::PAGE;
use super::{load, pages};
use crate::shared::dom::{attribute, document, listen, part};
use crate::shared::html::{counted, escaped};

/// Suggestions of values, and titles below them.
const VALUES: usize = 5;
const TITLES: usize = 2;

/// What an option does when it is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
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
    for (name, value) in [("role", "listbox"), ("aria-label", "Suggestions")] {
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
        app.typed(text.clone());
        // The hits are painted first.
        let (c, i, l) = (c.clone(), i.clone(), l.clone());
        spawn_local(async move {
            load::painted().await;
            if i.value() == text && has_focus(&i) {
                c.borrow_mut().open(app, &i, &l);
            }
        });
    });
    let (c, i, l) = (combo.clone(), input.clone(), list.clone());
    listen(&input, "keydown", move |event: KeyboardEvent| {
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
            "Escape" => app.go(|state| state.text.clear()),
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
    listen(&input, "blur", move |_: FocusEvent| {
        c.borrow_mut().close(&i, &l);
        app.settle();
    });
    // Before the box loses the focus.
    listen(&list, "mousedown", move |event: MouseEvent| event.prevent_default());
    let (c, i, l) = (combo, input.clone(), list.clone());
    listen(&list, "click", move |event: MouseEvent| {
        let Some((_, at)) = attribute(&event, "data-at") else { return };
        let choice = at.parse().ok().and_then(|at: usize| c.borrow().choices.get(at).cloned());
        c.borrow_mut().close(&i, &l);
        if let Some(choice) = choice {
            choose(app, choice);
        }
    });
    let results = document().and_then(|document| document.get_element_by_id("h-hits"));
    listen(&form, "submit", move |event: Event| {
        event.prevent_default();
        app.settle();
        // On a phone the keyboard goes, and the results are seen.
        let _ = input.blur();
        if let Some(results) = &results {
            let _ = results.set_attribute("tabindex", "-1");
        }
    });
}

fn has_focus(input: &HtmlInputElement) -> bool {
    let active = document().and_then(|document| document.active_element());
    active.is_some_and(|active| active.id() == input.id())
}

fn choose(app: App, choice: Choice) {
    match choice {
        Choice::Value(facet, value) => app.go(|state| {
            let kept = without_typed(&state.text, &value);
            state.text = kept;
            state.filters.facets.add(facet, &value);
            state.shown = PAGE;
        }),
        Choice::Dataset(cid) => {
            app.settle();
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
            for Suggestion { facet, value, datasets, .. } in index.suggest(&text, VALUES) {
                let Some(facet) = facet else { continue };
                let words = escaped(&value_words(facet, &value));
                self.option(
                    &mut html,
                    &format!(
                        "{words} <span class=\"quiet\">{}, {}</span>",
                        facet.name(),
                        counted(datasets, "dataset")
                    ),
                );
                self.choices.push(Choice::Value(facet, value));
            }
        });
        if text.trim().len() >= 2 {
            for (cid, title) in app.first_hits(TITLES) {
                self.option(&mut html, &format!("{} <span class=\"quiet\">dataset</span>", escaped(&title)));
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

/// Hits among the content pages, once somebody types; their index and program come by then.
pub(super) fn show_pages(app: App, text: &str) {
    let text = text.trim().to_owned();
    let Some(path) = app.pages_index.get_value() else { return };
    if text.chars().count() < 3 {
        app.parts.pages.set(String::new());
        return;
    }
    spawn_local(async move {
        load::sleep(150).await;
        if !app.is_text(&text) {
            return;
        }
        if let Some(html) = pages::search(&path, &text, &app.root_text()).await
            && app.is_text(&text)
        {
            app.parts.pages.set(html);
        }
    });
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
