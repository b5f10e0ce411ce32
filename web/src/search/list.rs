//! [`List`]: the results in the page. The card of a dataset that stays a hit is kept, and with it its picture;
//! only what says why it is one is written anew.

use web_sys::Element;

use crate::shared::dom::document;

/// The list's element, mounted by [`super::start`].
pub(super) const ID: &str = "app-hits";

/// A card as HTML: what the query decides, between what it does not.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Card {
    /// The dataset's number.
    pub(super) doc: u32,
    /// Up to the part that the query decides.
    pub(super) before: String,
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
pub(super) struct List(Vec<Shown>);

impl List {
    /// As [`first_cards`].
    pub(super) fn first_cards(&self) -> Option<(f64, f64)> {
        first_cards(&self.0.first()?.item.parent_element()?)
    }

    /// Takes all cards away.
    pub(super) fn clear(&mut self) {
        std::mem::take(&mut self.0).iter().for_each(|one| one.item.remove());
    }

    /// Makes the page show these cards. Where they are not `all`, what stands below stays there, out of sight, until
    /// the others follow.
    pub(super) fn show(&mut self, cards: Vec<Card>, all: bool) {
        let Some(document) = document() else { return };
        let Some(list) = document.get_element_by_id(ID) else { return };
        let mut old = std::mem::take(&mut self.0);
        if all {
            old.retain(|one| {
                let stays = cards.iter().any(|card| card.doc == one.doc);
                if !stays {
                    one.item.remove();
                }
                stays
            });
        }
        for card in cards {
            let next = |old: &[Shown]| old.first().map(|one| one.item.clone());
            let shown = match old.iter().position(|one| one.doc == card.doc) {
                Some(known) => {
                    let mut shown = old.remove(known);
                    if known > 0 {
                        // Before those that were before it.
                        let _ = list.insert_before(&shown.item, next(&old).as_deref());
                    }
                    if shown.why != card.why {
                        shown.place.set_inner_html(&card.why);
                        shown.why = card.why;
                    }
                    Some(shown)
                }
                None => document.create_element("li").ok().and_then(|item| {
                    item.set_inner_html(&format!("{}{}{}", card.before, card.why, card.after));
                    let place = item.query_selector("article > div").ok().flatten()?;
                    list.insert_before(&item, next(&old).as_deref()).ok()?;
                    Some(Shown { doc: card.doc, why: card.why, item, place })
                }),
            };
            self.0.extend(shown);
        }
        self.0.append(&mut old);
    }
}
