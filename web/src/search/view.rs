//! The parts that are mounted: filters beside the list, results in its place.

use leptos::prelude::*;
use pinfold_core::search::dates::{Day, iso, parse_range};
use pinfold_core::search::{Facet, decimal, parse_bbox};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, HtmlInputElement, MouseEvent};

use super::app::App;
use super::export::Kind;
use super::state::{PAGE, SORTS, State};
use super::{list, panel};
use crate::shared::dom::{attribute, document, listen, part, show_own};

/// Puts the results into the page.
pub(super) fn mount_results(app: App) {
    if let Some(results) = document().and_then(|document| document.get_element_by_id("results"))
        && let Some(place) = part(&results, "div")
    {
        mount_to(place.clone(), move || hits(app)).forget();
        clicks(app, &place);
    }
}

/// Puts the filters in the place of what is beside the list.
pub(super) fn mount_filters(app: App) {
    if let Some(aside) = document().and_then(|document| document.get_element_by_id("filters"))
        && let Some(place) = part(&aside, "div")
    {
        show_own(&aside, false);
        let _ = aside.set_attribute("popover", "");
        let _ = aside.set_attribute("aria-label", "Filters, map and time");
        mount_to(place.clone(), move || filters(app)).forget();
        clicks(app, &place);
        listen(&aside, "toggle", move |_: Event| app.run());
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
            app.go(|state| {
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
            input.set_custom_validity(if wrong { "Four numbers: west, south, east, north" } else { "" });
            input.report_validity();
        }
        if !wrong {
            app.go(|state| {
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
                    <summary>{panel::title(facet)}</summary>
                    <div inner_html=move || html.get()></div>
                </details>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="h-when">
            <h2 id="h-when">"When "<button type="button" class="clear" data-drop="time" hidden=no_time>"clear"</button></h2>
            <figure><div class="plot-h" id="app-when" inner_html=move || parts.when.get()></div></figure>
            <div class="two">
                <div><label for="d0">"from"</label><input id="d0" type="date" prop:value=date(false) on:change=set_date(false)/></div>
                <div><label for="d1">"to"</label><input id="d1" type="date" prop:value=date(true) on:change=set_date(true)/></div>
            </div>
        </section>
        <section aria-labelledby="h-where">
            <h2 id="h-where">"Where "<button type="button" class="clear" data-drop="bbox" hidden=no_box>"clear"</button></h2>
            <div class="map" id="app-where">
                <div inner_html=move || parts.ground.get()></div>
                <div inner_html=move || parts.hits.get()></div>
            </div>
            <label for="box">"Box: drag on the map, or west, south, east, north"</label>
            <input id="box" type="text" inputmode="text" autocomplete="off" placeholder="-60, 5, -20, 20" prop:value=box_text on:change=set_box/>
        </section>
        {groups}
        <p class="shut">
            <button type="button" class="btn first" popovertarget="filters" popovertargetaction="hide">"Show the datasets"</button>
        </p>
    }
}

fn hits(app: App) -> impl IntoView {
    let parts = app.parts;
    let active = Memo::new(move |_| app.state.with(State::is_active));
    let sorts = SORTS
        .into_iter()
        .enumerate()
        .map(|(at, (sort, name, words))| {
            let chosen = move || app.state.with(|state| state.sort == sort).then_some("true");
            let gap = if at > 0 { " · " } else { "" };
            view! { {gap}<button type="button" data-sort=name aria-current=chosen>{words}</button> }
        })
        .collect_view();
    let left = move || parts.left.get();
    view! {
        <p class="phone" hidden=move || active.get()>
            <button type="button" class="btn slim open-narrow" popovertarget="filters">"Filters, map and time"</button>
        </p>
        <p class="note warn" role="status" hidden=move || parts.trouble.with(String::is_empty)>{move || parts.trouble.get()}</p>
        <div class="live" hidden=move || !active.get()>
            <div class="count">
                <h2><span role="status">{move || parts.count.get()}</span></h2>
                <button type="button" class="btn slim open-narrow" popovertarget="filters">"Filters, map and time"</button>
                <p class="meta sorts">"Sort by "{sorts}</p>
            </div>
            <div class="take">
                <span inner_html=move || parts.chips.get()></span>
                <span class="no-print">
                    "Take the list: "
                    <button type="button" data-take="csv">"CSV"</button>" · "
                    <button type="button" data-take="json">"JSON"</button>" · "
                    <button type="button" data-take="pins">"pinset"</button>
                </span>
            </div>
            <div inner_html=move || parts.help.get()></div>
            <ol id=list::ID></ol>
            <p class="row" hidden=move || left() == 0>
                <button type="button" class="btn" data-further="">{move || format!("Show {} more of {}", left().min(PAGE * 2), left())}</button>
            </p>
            <p class="take"><span>"The same search in a terminal: "<code>{move || parts.command.get()}</code></span></p>
            <div inner_html=move || parts.pages.get()></div>
        </div>
    }
}

/// Clicks and ticks on what was made as text, by its `data-` attributes.
fn clicks(app: App, place: &HtmlElement) {
    listen(place, "click", move |event: MouseEvent| {
        if let Some((_, key)) = attribute(&event, "data-drop") {
            app.go(|state| drop_filter(state, &key));
        } else if let Some((_, name)) = attribute(&event, "data-more") {
            if let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == name) {
                app.opened.update_value(|opened| *opened ^= 1 << facet as u16);
                app.show_facets();
            }
        } else if let Some((_, name)) = attribute(&event, "data-sort") {
            if let Some(sort) = SORTS.iter().find(|one| one.1 == name) {
                app.go(|state| state.sort = sort.0);
            }
        } else if let Some((_, name)) = attribute(&event, "data-take") {
            if let Some(kind) = Kind::parse(&name) {
                app.export(kind);
            }
        } else if attribute(&event, "data-further").is_some() {
            app.go(|state| state.shown += PAGE * 2);
        } else if let Some((link, _)) = attribute(&event, "data-go") {
            // Opened in another tab, the link works by itself.
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                let params = link.get_attribute("href").unwrap_or_default();
                app.go(|state| *state = State::from_params(&params));
            }
        }
    });
    listen(place, "change", move |event: Event| {
        if let Some((input, name)) = attribute(&event, "data-facet")
            && let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == name)
            && let Ok(input) = input.dyn_into::<HtmlInputElement>()
        {
            app.go(|state| state.toggle(facet, &input.value()));
        }
    });
}

fn drop_filter(state: &mut State, key: &str) {
    state.shown = PAGE;
    match key.split_once('=') {
        None if key == "time" => state.filters.time = None,
        None => state.filters.bbox = None,
        Some((name, value)) => {
            if let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.name() == name) {
                state.toggle(facet, value);
            }
        }
    }
}
