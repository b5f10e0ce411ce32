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

/// The cards in the page, in their order.
#[derive(Debug, Default)]
pub(super) struct List {
    shown: Vec<Shown>,
    /// How many of them are what was asked for last.
    now: usize,
    /// What follows these.
    rest: Vec<Card>,
}

impl List {
    /// Takes all cards away.
    pub(super) fn clear(&mut self) {
        self.rest.clear();
        std::mem::take(&mut self.shown).iter().for_each(|one| one.item.remove());
    }

    /// Makes the page show these cards: the first `now` of them at once, the others by [`List::show_rest`]. Until then
    /// what stood below the first ones stays there, where nobody sees it.
    pub(super) fn show(&mut self, mut cards: Vec<Card>, now: usize) {
        self.rest.clear();
        let all = cards.len() <= now;
        if !all {
            self.rest.extend(cards.split_off(now));
        }
        self.place(0, cards, all);
    }

    /// Shows the cards that [`List::show`] left.
    pub(super) fn show_rest(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.place(self.now, rest, true);
        }
    }

    /// Puts cards behind the first `from`; what is behind them goes, where they are `all`.
    fn place(&mut self, from: usize, cards: Vec<Card>, all: bool) {
        let Some(document) = document() else { return };
        let Some(list) = document.get_element_by_id(ID) else { return };
        let mut old = self.shown.split_off(from.min(self.shown.len()));
        self.now = from + cards.len();
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
            self.shown.extend(shown);
        }
        self.shown.append(&mut old);
    }
}
