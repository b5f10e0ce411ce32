//! [`List`]: the results in the page. The card of a dataset that stays a hit is kept, and with it its picture;
//! only what says why it is one is written anew.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::shared::dom::document;

/// The list's element, mounted by [`super::start`].
pub(super) const ID: &str = "app-hits";

/// A card as HTML: what the query decides, between what it does not.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Card {
    /// The dataset's number.
    pub(super) doc: u32,
    /// Its picture, where it has one.
    pub(super) picture: Option<String>,
    /// Title, people and reasons, with marks.
    pub(super) why: String,
    /// The rest.
    pub(super) after: String,
}

/// A card in the page.
#[derive(Debug)]
struct Shown {
    doc: u32,
    why: String,
    item: Element,
    place: Element,
    /// Its picture, while an empty frame stands in for it.
    later: Option<String>,
}

impl Shown {
    fn show_picture(&mut self) {
        if let Some(picture) = self.later.take()
            && let Ok(Some(frame)) = self.item.query_selector(".mini")
        {
            frame.set_outer_html(&picture);
        }
    }
}

/// Where the first card of a list begins in the window, and the lowest height among the first ones; `None` where
/// nothing of it can be seen.
pub(super) fn first_cards(list: &Element) -> Option<(f64, f64)> {
    const FEW: u32 = 3;
    let cards = list.children();
    let places = (0..cards.length().min(FEW)).filter_map(|at| cards.item(at));
    let places: Vec<_> = places.map(|card| card.get_bounding_client_rect()).collect();
    let least =
        places.iter().map(|place| place.height()).filter(|height| *height > 0.0).min_by(f64::total_cmp)?;
    Some((places.first()?.top(), least))
}

/// The cards in the page, in their order.
#[derive(Debug, Default)]
pub(super) struct List {
    cards: Vec<Shown>,
    /// CSS pixels of the list when it was complete last.
    height: f64,
    /// Whether it is kept as high as that.
    held: bool,
}

impl List {
    /// As [`first_cards`]; notes how high the list is. Not when a key is pressed.
    pub(super) fn measure(&mut self) -> Option<(f64, f64)> {
        let list = self.cards.first()?.item.parent_element()?;
        if !self.held {
            self.height = list.get_bounding_client_rect().height();
        }
        first_cards(&list)
    }

    /// Takes all cards away.
    pub(super) fn clear(&mut self) {
        std::mem::take(&mut self.cards).iter().for_each(|one| one.item.remove());
    }

    /// Pictures that were left out, see [`Self::show`].
    pub(super) fn show_pictures(&mut self) {
        self.cards.iter_mut().for_each(Shown::show_picture);
    }

    /// Makes the page show these cards. Where they are not `all`, the others follow, and the page keeps its height.
    /// While letters are `typed`, cards come without their pictures: most of them go with the next letter.
    pub(super) fn show(&mut self, cards: Vec<Card>, all: bool, typed: bool) {
        let Some(document) = document() else { return };
        let Some(list) = document.get_element_by_id(ID) else { return };
        self.hold(&list, !all);
        let mut old = std::mem::take(&mut self.cards);
        old.retain(|one| {
            let stays = cards.iter().any(|card| card.doc == one.doc);
            if !stays {
                one.item.remove();
            }
            stays
        });
        for card in cards {
            let next = |old: &[Shown]| old.first().map(|one| one.item.clone());
            let shown = match old.iter().position(|one| one.doc == card.doc) {
                Some(known) => {
                    let mut shown = old.remove(known);
                    if known > 0 {
                        // Before those that were before it.
                        let _ = list.insert_before(&shown.item, next(&old).as_deref());
                    }
                    if !typed {
                        shown.show_picture();
                    }
                    if shown.why != card.why {
                        shown.place.set_inner_html(&card.why);
                        shown.why = card.why;
                    }
                    Some(shown)
                }
                None => document.create_element("li").ok().and_then(|item| {
                    let (class, picture, later) = match card.picture {
                        None => ("hit bare", String::new(), None),
                        later if typed => ("hit", "<span class=\"mini\"></span>".to_owned(), later),
                        Some(picture) => ("hit", picture, None),
                    };
                    item.set_class_name(class);
                    item.set_inner_html(&format!("{picture}<div>{}{}", card.why, card.after));
                    let place = item.query_selector("div").ok().flatten()?;
                    list.insert_before(&item, next(&old).as_deref()).ok()?;
                    Some(Shown { doc: card.doc, why: card.why, item, place, later })
                }),
            };
            self.cards.extend(shown);
        }
    }

    /// Keeps the list as high as it was when it was complete, while it is not: what is below must not jump.
    fn hold(&mut self, list: &Element, held: bool) {
        if self.held == held {
            return;
        }
        self.held = held;
        let style = list.unchecked_ref::<HtmlElement>().style();
        let _ = match held {
            true => style.set_property("min-height", &format!("{}px", self.height as u32)),
            false => style.remove_property("min-height").map(drop),
        };
    }
}
