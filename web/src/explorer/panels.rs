//! Controls, the tree of variables, waiting and troubles.

use leptos::prelude::*;
use pinfold_core::explore::{Kind, Mode, ViewState};
use pinfold_core::plot::text::unit_text;

use super::fold::Fold;
use super::link::Link;
use super::protocol::{Failure, ToWorker};
use super::state::{Stage, State, bytes_text};

/// Colours, kind of picture, picture or table.
#[component]
pub(super) fn Controls(state: State, link: Link) -> impl IntoView {
    let change = {
        let link = link.clone();
        move |edit: &dyn Fn(&mut ViewState)| {
            let mut view = state.view.get_untracked();
            edit(&mut view);
            link.go(&view);
        }
    };
    let by_kind = change.clone();
    let by_color = change.clone();
    let by_scale = change.clone();
    let (to_picture, to_table) = (change.clone(), change);
    let mode = move || state.view.with(|view| view.mode);
    view! {
        <button class="btn slim open-narrow" type="button" popovertarget="tree">"Choose variables"</button>
        <label class="row"><span class="meta">"Picture"</span>
            <select
                prop:value=move || state.view.with(|view| view.kind.name())
                on:change=move |event| {
                    let kind = Kind::parse(&event_target_value(&event)).unwrap_or_default();
                    by_kind(&|view| view.kind = kind);
                }
            >
                {Kind::ALL
                    .iter()
                    .map(|(kind, name)| {
                        let text = if *kind == Kind::Auto { "by the data" } else { *name };
                        view! { <option value=*name>{text}</option> }
                    })
                    .collect_view()}
            </select>
        </label>
        <label class="row"><span class="meta">"Colours"</span>
            <select
                prop:value=move || state.view.with(|view| view.colors.clone().unwrap_or_default())
                on:change=move |event| {
                    let value = event_target_value(&event);
                    by_color(&|view| view.colors = (!value.is_empty()).then(|| value.clone()));
                }
            >
                <option value="">"by the data"</option>
                <option value="tide">"tide, sequential"</option>
                <option value="dusk">"dusk, diverging"</option>
            </select>
        </label>
        <label class="row">
            <input
                type="checkbox"
                prop:checked=move || state.view.with(|view| view.log)
                on:change=move |event| {
                    let log = event_target_checked(&event);
                    by_scale(&|view| view.log = log);
                }
            />
            <span class="meta">"logarithmic"</span>
        </label>
        <span class="row" role="group" aria-label="View">
            <button
                class="btn slim"
                type="button"
                aria-pressed=move || (mode() == Mode::Picture).to_string()
                on:click=move |_| to_picture(&|view| view.mode = Mode::Picture)
            >"Picture"</button>
            <button
                class="btn slim"
                type="button"
                aria-pressed=move || (mode() == Mode::Table).to_string()
                on:click=move |_| to_table(&|view| view.mode = Mode::Table)
            >"Table"</button>
        </span>
    }
}

/// The most that the tree lists at once; ten thousand entries would stall a phone.
const LISTED: usize = 300;

/// Variables with their meaning, units and the bytes that they cost.
#[component]
pub(super) fn Tree(state: State, link: Link) -> impl IntoView {
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let words: Vec<String> = wanted.get().to_lowercase().split_whitespace().map(str::to_owned).collect();
        state.tree.with(|items| {
            items
                .iter()
                .filter(|item| {
                    let text = format!("{} {} {} {}", item.name, item.meaning, item.units, item.dimensions)
                        .to_lowercase();
                    words.iter().all(|word| text.contains(word.as_str()))
                })
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let groups = move || {
        let shown = found.get();
        let mut groups: Vec<(&'static str, Vec<super::state::TreeItem>)> = Vec::new();
        for item in shown.into_iter().take(LISTED) {
            match groups.last_mut().filter(|(name, _)| *name == item.group) {
                Some((_, items)) => items.push(item),
                None => groups.push((item.group, vec![item])),
            }
        }
        groups
    };
    let beyond = move || found.with(Vec::len).saturating_sub(LISTED);
    let toggle = move |event: leptos::ev::MouseEvent, name: String| {
        // With Ctrl or Shift a variable is added to the picture; a plain click is an ordinary link.
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            event.prevent_default();
            let mut view = state.view.get_untracked();
            match view.variables.iter().position(|known| *known == name) {
                Some(at) => drop(view.variables.remove(at)),
                None => view.variables.push(name),
            }
            link.go(&view);
        }
    };
    let item = move |item: super::state::TreeItem| {
        let name = item.name.clone();
        let current = {
            let name = name.clone();
            move || state.view.with(|view| view.variables.contains(&name)).then_some("true")
        };
        let href = ViewState { variables: vec![name.clone()], ..ViewState::default() }.to_fragment();
        let toggle = toggle.clone();
        let cost = item.stored_bytes.map(bytes_text).unwrap_or_default();
        let units = unit_text(&item.units);
        let units = if units.is_empty() { units } else { format!(", {units}") };
        let note = item.unsupported.clone().map(|reason| format!("cannot be decoded here: {reason}"));
        view! {
            <li>
                <a
                    href=href
                    aria-current=current
                    title=item.dimensions.clone()
                    on:click=move |event| toggle(event, name.clone())
                >
                    <code>{item.name.clone()}</code>
                    <span class="num">{cost}</span>
                    <small>{note.unwrap_or_else(|| format!("{}{units}", item.meaning))}</small>
                </a>
            </li>
        }
    };
    view! {
        <nav id="tree" class="tree narrow no-print" popover="auto" aria-label="Variables">
            <div class="find">
                <label class="vh" for="explore-find">"Find a variable"</label>
                <svg viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round">
                    <circle cx="6.7" cy="6.7" r="4.6" />
                    <path d="M10.2 10.2L14.2 14.2" />
                </svg>
                <input
                    id="explore-find"
                    type="search"
                    placeholder="Find a variable"
                    on:input=move |event| wanted.set(event_target_value(&event))
                />
            </div>
            {move || {
                groups()
                    .into_iter()
                    .map(|(name, items)| {
                        let item = item.clone();
                        view! { <h3>{name}</h3><ul>{items.into_iter().map(item).collect_view()}</ul> }
                    })
                    .collect_view()
            }}
            <Show when=move || { beyond() > 0 }>
                <p class="meta">{move || format!("and {} more: type a part of a name", beyond())}</p>
            </Show>
            <Show when=move || found.with(Vec::is_empty) && !state.tree.with(Vec::is_empty)>
                <p class="meta">"No variable of this dataset matches."</p>
            </Show>
            <p class="meta">"Ctrl and click adds a variable to the picture."</p>
        </nav>
    }
}

/// Progress with the fold, and the question before something large.
#[component]
pub(super) fn Waiting(state: State, link: Link) -> impl IntoView {
    let progress = move || state.progress.get();
    let share = Signal::derive(move || progress().share());
    let cancel = link.clone();
    let finished = move || {
        let proof = state.origins.get().proof;
        format!("{} blocks verified in your browser", proof.blocks)
    };
    view! {
        <Show when=move || state.stage.get() == Stage::Loading>
            <div class="prog">
                <Fold done=share />
                <div>
                    <p>
                        <b>{move || {
                            let now = progress();
                            if now.total == 0 {
                                "Reading the dataset's structure".to_owned()
                            } else {
                                format!("{} of {} parts verified in your browser", now.done, now.total)
                            }
                        }}</b>
                        {move || {
                            let now = progress();
                            (now.total_bytes > 0)
                                .then(|| format!(", {} of {}", bytes_text(now.done_bytes), bytes_text(now.total_bytes)))
                        }}
                    </p>
                    <progress
                        max="1000"
                        prop:value=move || (progress().share() * 1000.0).round().to_string()
                        aria-label="Loading"
                    ></progress>
                </div>
                <button class="btn slim" type="button" on:click={
                    let cancel = cancel.clone();
                    move |_| cancel.cancel()
                }>"Cancel"</button>
            </div>
        </Show>
        <Show when=move || state.stage.get() == Stage::Ready && state.cost.get().is_none()>
            <div class="prog">
                <Fold done=Signal::derive(|| 1.0) />
                <div><p><b>{finished}</b>{move || format!(", {}", bytes_text(state.origins.get().proof.bytes))}</p></div>
            </div>
        </Show>
        {move || state.cost.get().map(|(bytes, parts)| {
            let link = link.clone();
            view! {
                <div class="note" role="alert">
                    <svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6">
                        <circle cx="9" cy="9" r="7.2" /><path d="M9 8v4.6M9 5.2v.4" />
                    </svg>
                    <div>
                        <p><b>{format!("This view needs {} in {parts} parts.", bytes_text(bytes))}</b>
                        " Zoom in or choose fewer variables for less."</p>
                        <p class="row"><button id="explorer-load" class="btn slim" type="button" on:click=move |_| {
                            let view = state.view.get_untracked();
                            link.show(view, u64::MAX);
                        }>{format!("Load {}", bytes_text(bytes))}</button></p>
                    </div>
                </div>
            }
        })}
    }
}

/// What failed, in one of four ways, with the next step.
#[component]
pub(super) fn Troubles(state: State, link: Link, cid: String) -> impl IntoView {
    let note = move |failure: Failure| match failure {
        Failure::NotThere => "note",
        Failure::Unreachable | Failure::Unsupported => "note warn",
        Failure::Corrupt => "note bad",
    };
    view! {
        {move || state.trouble.get().map(|trouble| {
            let (again, own) = (link.clone(), link.clone());
            let python = cid.parse::<pinfold_core::cid::Cid>().ok().map(|cid| {
                pinfold_core::explore::snippets::python(cid, &state.view.get())
            });
            let network = matches!(trouble.failure, Failure::Unreachable | Failure::Corrupt);
            view! {
                <div class=note(trouble.failure) role="alert">
                    <svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6">
                        <path d="M9 2.2L16.4 15.4H1.6Z" /><path d="M9 7v4M9 13v.4" />
                    </svg>
                    <div>
                        <p><b>{trouble.message.clone()}</b></p>
                        {(!trouble.details.is_empty()).then(|| view! {
                            <ul class="meta">{trouble.details.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view()}</ul>
                        })}
                        <p class="row">
                            {network.then(|| view! {
                                <button class="btn slim" type="button" on:click=move |_| {
                                    again.show(state.view.get_untracked(), super::state::ALLOWED_BYTES);
                                }>"Try again"</button>
                                <a class="btn slim" href="#explore-gateway">"Add a gateway"</a>
                                <button class="btn slim" type="button" on:click=move |_| {
                                    own.send(&ToWorker::AddGateway {
                                        address: "http://127.0.0.1:8080".to_owned(),
                                        kind: pinfold_core::gateways::Kind::Local,
                                    });
                                }>"Ask my own node at 127.0.0.1"</button>
                            })}
                        </p>
                        {(trouble.failure == Failure::Unsupported).then(|| python.map(|code| view! {
                            <p>"The blocks are whole and verified. Open it in Python:"</p>
                            <pre tabindex="0"><code>{code}</code></pre>
                        }))}
                    </div>
                </div>
            }
        })}
        {move || {
            let notes = state.notes.get();
            (!notes.is_empty()).then(|| view! {
                <details class="meta"><summary>{format!("{} remarks", notes.len())}</summary>
                    <ul>{notes.iter().take(20).map(|line| view! { <li>{line.clone()}</li> }).collect_view()}</ul>
                </details>
            })
        }}
    }
}
