//! What is mounted: the filters beside the list.

use leptos::prelude::*;
use pinfold_core::search::dates::{Day, iso, parse_range};
use pinfold_core::search::{Facet, decimal, parse_bbox};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, HtmlInputElement};

use super::app::App;
use super::link::How;
use crate::shared::dom::{attribute, document, listen, part, show_own};
use crate::shared::state::PAGE;
use crate::shared::words::{t, title};

/// Puts the filters in the place of what is beside the list.
pub(super) fn mount_filters(app: App) {
    if let Some(aside) = document().and_then(|document| document.get_element_by_id("filters"))
        && let Some(place) = part(&aside, "div")
    {
        show_own(&aside, false);
        let _ = aside.set_attribute("popover", "");
        let _ = aside.set_attribute("aria-label", t("Filters, map and time"));
        mount_to(place.clone(), move || filters(app)).forget();
        clicks(app, &place);
        listen(&aside, "toggle", move |_| app.run());
    }
}

fn filters(app: App) -> impl IntoView {
    let parts = app.parts;
    let date = move |end: bool| {
        move || {
            let day =
                app.state.with(|state| state.filters.time.map(|range| if end { range.1 } else { range.0 }));
            day.filter(|day| *day != Day::MIN && *day != Day::MAX).map(iso).unwrap_or_default()
        }
    };
    let set_date = move |end: bool| {
        move |event: Event| {
            let text = event_target_value(&event);
            let day = parse_range(&text).map(|range| if end { range.1 } else { range.0 });
            app.change(How::Step, |state| {
                let (from, to) = state.filters.time.unwrap_or((Day::MIN, Day::MAX));
                let (from, to) =
                    if end { (from, day.unwrap_or(Day::MAX)) } else { (day.unwrap_or(Day::MIN), to) };
                let all = from == Day::MIN && to == Day::MAX;
                state.filters.time = (!all).then_some((from.min(to), to.max(from)));
                state.shown = PAGE;
            });
        }
    };
    let box_text = move || {
        let bbox = app.state.with(|state| state.filters.bbox);
        bbox.map(|sides| sides.map(|side| decimal(side, 2)).join(", ")).unwrap_or_default()
    };
    let set_box = move |event: Event| {
        let text = event_target_value(&event);
        let wrong = !text.trim().is_empty() && parse_bbox(&text).is_none();
        if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
            input.set_custom_validity(if wrong { t("Four numbers: west, south, east, north") } else { "" });
            input.report_validity();
        }
        if !wrong {
            app.change(How::Step, |state| {
                state.filters.bbox = parse_bbox(&text);
                state.shown = PAGE;
            });
        }
    };
    let no_time = move || app.state.with(|state| state.filters.time.is_none());
    let no_box = move || app.state.with(|state| state.filters.bbox.is_none());
    let groups = Facet::ALL
        .into_iter()
        .map(|facet| {
            let html = parts.facets[facet as usize];
            let open = !matches!(facet, Facet::Keyword | Facet::License | Facet::Format);
            view! {
                <details open=open hidden=move || html.with(|html| !html.contains("<label"))>
                    <summary>{title(facet)}</summary>
                    <div inner_html=move || html.get()></div>
                </details>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="h-when">
            <h2 id="h-when">{t("When")}" "<button type="button" class="clear" data-drop="time" hidden=no_time>{t("clear")}</button></h2>
            <figure><div class="plot-h" id="app-when" inner_html=move || parts.when.get()></div></figure>
            <div class="two">
                <div><label for="d0">{t("from")}</label><input id="d0" type="date" prop:value=date(false) on:change=set_date(false)/></div>
                <div><label for="d1">{t("to")}</label><input id="d1" type="date" prop:value=date(true) on:change=set_date(true)/></div>
            </div>
        </section>
        <section aria-labelledby="h-where">
            <h2 id="h-where">{t("Where")}" "<button type="button" class="clear" data-drop="bbox" hidden=no_box>{t("clear")}</button></h2>
            <div class="map" id="app-where">
                <div inner_html=move || parts.ground.get()></div>
                <div inner_html=move || parts.hits.get()></div>
            </div>
            <label for="box">{t("Box: drag on the map, or west, south, east, north")}</label>
            <input id="box" type="text" inputmode="text" autocomplete="off" placeholder="-60, 5, -20, 20" prop:value=box_text on:change=set_box/>
        </section>
        {groups}
        <p class="shut">
            <button type="button" class="btn first" popovertarget="filters" popovertargetaction="hide">{t("Show the datasets")}</button>
        </p>
    }
}

/// Clicks and ticks on what was made as text, by its `data-` attributes.
fn clicks(app: App, place: &HtmlElement) {
    listen(place, "click", move |event| {
        if let Some((_, key)) = attribute(&event, "data-drop") {
            app.change(How::Step, |state| state.drop_filter(&key));
        } else if let Some((_, name)) = attribute(&event, "data-more")
            && let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == name)
        {
            app.opened.update_value(|opened| *opened ^= 1 << facet as u16);
            app.show_facets();
        }
    });
    listen(place, "change", move |event| {
        if let Some((input, name)) = attribute(&event, "data-facet")
            && let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == name)
            && let Ok(input) = input.dyn_into::<HtmlInputElement>()
        {
            app.change(How::Step, |state| state.toggle(facet, &input.value()));
        }
    });
}
