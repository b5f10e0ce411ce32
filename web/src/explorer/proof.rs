//! Where the blocks came from, and what was verified.

use leptos::prelude::*;
use pinfold_core::gateways::{Kind, SourceStatus};

use super::link::{Link, judge_gateway};
use super::protocol::ToWorker;
use super::state::{Power, State, bytes_text};

fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Origin => "this site's server",
        Kind::Gateway => "gateway",
        Kind::Added => "gateway that you added",
        Kind::Local => "your own node",
        Kind::Peer => "Helia, in this page",
    }
}

/// Class and words of a source's behaviour.
fn behaviour(status: &SourceStatus) -> (&'static str, String) {
    let health = &status.health;
    if let Some(cid) = health.lied {
        return ("st lie", format!("sent wrong bytes for {}, set aside", cid.short()));
    }
    if health.blocks == 0 && health.failures > 0 {
        let reason = health.last_failure.clone().unwrap_or_default();
        let reason = reason.split_once(": ").map_or(reason.clone(), |(_, reason)| reason.to_owned());
        return ("st slow", format!("cannot be reached: {reason}"));
    }
    if health.blocks == 0 && health.not_here > 0 {
        return ("st off", "does not have this dataset".to_owned());
    }
    if health.blocks == 0 && health.given_up > 0 {
        return ("st slow", "did not answer in time".to_owned());
    }
    if health.blocks == 0 {
        return ("st off", "not asked yet".to_owned());
    }
    if health.given_up > 0 || health.failures > 0 {
        return ("st slow", format!("slow or failing, {} times", health.given_up + health.failures));
    }
    ("st", "good".to_owned())
}

/// One row for each source, and ways to add more.
#[component]
pub(super) fn Sources(state: State, link: Link, cid: String) -> impl IntoView {
    let entered = RwSignal::new(String::new());
    let refused = RwSignal::new(String::new());
    let (add, own, clear, peer) = (link.clone(), link.clone(), link.clone(), link);
    let rows = move || {
        state
            .origins
            .get()
            .sources
            .iter()
            .map(|status| {
                let health = &status.health;
                let (class, words) = behaviour(status);
                let speed = if health.busy_ms > 0.0 && health.bytes > 0 {
                    format!("{}/s", bytes_text((health.bytes as f64 * 1e3 / health.busy_ms) as u64))
                } else {
                    String::new()
                };
                let answer = health.latency_ms.filter(|_| health.blocks > 0).map(|ms| format!("{ms:.0} ms")).unwrap_or_default();
                view! {
                    <tr>
                        <th scope="row">{status.name.clone()}<br /><small class="meta">{kind_text(status.kind)}</small></th>
                        <td class="num">{health.blocks}</td>
                        <td class="num">{bytes_text(health.bytes)}</td>
                        <td class="num">{speed}</td>
                        <td class="num">{answer}</td>
                        <td><span class=class>{words}</span></td>
                    </tr>
                }
            })
            .collect_view()
    };
    let structure = move || {
        let blocks = state.origins.get().structure_blocks;
        (blocks > 0).then(|| view! {
            <tr><th scope="row">"this page"<br /><small class="meta">"meta.car"</small></th>
                <td class="num">{blocks}</td><td></td><td></td><td></td><td><span class="st">"the dataset's structure"</span></td></tr>
        })
    };
    let cache = move || {
        state.origins.get().cache.map(|cache| {
            let words = if !cache.available {
                "not available in this window".to_owned()
            } else if cache.blocks == 0 {
                "empty".to_owned()
            } else {
                format!("{} of {}", bytes_text(cache.bytes), bytes_text(cache.budget_bytes))
            };
            let class = if cache.blocks > 0 { "st" } else { "st off" };
            view! {
                <tr><th scope="row">"this browser"<br /><small class="meta">"cache"</small></th>
                    <td class="num">{cache.blocks}</td><td class="num">{bytes_text(cache.bytes)}</td><td></td><td></td>
                    <td><span class=class>{words}</span></td></tr>
            }
        })
    };
    view! {
        <section class="pane w7" aria-labelledby="explore-sources">
            <h3 id="explore-sources">"Where the blocks came from"</h3>
            <div class="tbl" tabindex="0" role="region" aria-label="Sources, scrollable"><table>
                <thead><tr>
                    <th scope="col">"Source"</th><th scope="col" class="num">"Blocks"</th><th scope="col" class="num">"Bytes"</th>
                    <th scope="col" class="num">"Speed"</th><th scope="col" class="num">"Answer"</th><th scope="col">"State"</th>
                </tr></thead>
                <tbody>{structure}{rows}{cache}</tbody>
            </table></div>
            <form class="row" on:submit=move |event| {
                event.prevent_default();
                match judge_gateway(&entered.get_untracked()) {
                    Ok((address, kind)) => {
                        refused.set(String::new());
                        add.send(&ToWorker::AddGateway { address, kind });
                    }
                    Err(reason) => refused.set(reason),
                }
            }>
                <label class="vh" for="explore-gateway">"Add a gateway"</label>
                <input id="explore-gateway" type="text" inputmode="url" placeholder="https://your.gateway" size="24"
                    on:input=move |event| entered.set(event_target_value(&event)) />
                <button class="btn slim" type="submit">"Add gateway"</button>
                <button class="btn slim" type="button" on:click=move |_| {
                    own.send(&ToWorker::AddGateway { address: "http://127.0.0.1:8080".to_owned(), kind: Kind::Local });
                }>"Ask my own node at 127.0.0.1"</button>
                <button class="btn slim" type="button" on:click=move |_| clear.send(&ToWorker::ClearCache)>"Empty the cache"</button>
            </form>
            <p class="meta" role="alert">{move || refused.get()}</p>
            <PeerPanel state=state link=peer cid=cid />
        </section>
    }
}

/// The Helia peer: its addresses, on and off.
#[component]
fn PeerPanel(state: State, link: Link, cid: String) -> impl IntoView {
    let pasted = RwSignal::new(String::new());
    let asks = RwSignal::new(false);
    let power = move || state.peer.with(|peer| peer.power);
    let known = move || {
        let peers = state.settings.with(|settings| settings.peers.clone());
        (power() == Power::Off && !peers.is_empty()).then(|| {
            let peers = peers.into_iter().map(|one| view! { <li class="all">{one}</li> }).collect_view();
            view! { <p class="meta">"Peers of this catalogue, dialled when it is turned on:"</p><ul class="meta">{peers}</ul> }
        })
    };
    let router = move || {
        state.settings.with(|settings| settings.router.clone()).map(|router| {
            view! {
                <label class="row"><input type="checkbox" id="explore-router" on:change=move |event| asks.set(event_target_checked(&event)) />
                    <span class="meta">"Also ask "<code>{router}</code>" who has this dataset. It then learns what you look at."</span></label>
            }
        })
    };
    let off = link.clone();
    if !window().is_secure_context() {
        return view! {
            <details>
                <summary>"IPFS peer in this page " <span class="meta">"Helia, without any gateway"</span></summary>
                <p class="meta">"Not available here: this page came over plain http, and browsers give such pages no \
                    cryptography for a peer. Gateways work."</p>
            </details>
        }
        .into_any();
    }
    view! {
        <details>
            <summary>"IPFS peer in this page " <span class="meta">"Helia, without any gateway"</span></summary>
            <p class="meta">"It dials the addresses below and nobody else. Paste one from "<code>"ipfs id"</code>
                " of a node that has the data: /webrtc-direct, secure websockets, or /ws on this computer."</p>
            {known}
            <label class="vh" for="explore-peer">"Peer addresses, one a line"</label>
            <textarea id="explore-peer" rows="3" cols="60" spellcheck="false"
                on:input=move |event| pasted.set(event_target_value(&event))></textarea>
            {router}
            <p class="row">
                <button class="btn slim" type="button" disabled=move || power() == Power::Starting on:click=move |_| {
                    let settings = state.settings.get_untracked();
                    let mut addresses: Vec<String> = pasted.get_untracked().split_whitespace().map(str::to_owned).collect();
                    addresses.extend(settings.peers);
                    link.start_peer(addresses, settings.router.filter(|_| asks.get_untracked()), cid.clone());
                }>"Turn on"</button>
                <button class="btn slim" type="button" disabled=move || power() != Power::On on:click=move |_| off.stop_peer()>"Turn off"</button>
            </p>
            <ul id="explore-peers" class="meta" data-state=move || match power() {
                Power::Off => "off",
                Power::Starting => "starting",
                Power::On => "on",
            }>{move || state.peer.get().lines.into_iter().map(|line| view! { <li class="all">{line}</li> }).collect_view()}</ul>
        </details>
    }
    .into_any()
}

/// What the hashes prove, and what they do not.
#[component]
pub(super) fn Verified(state: State, root: String) -> impl IntoView {
    let liars = move || {
        state
            .origins
            .get()
            .sources
            .iter()
            .filter_map(|status| {
                let cid = status.health.lied?;
                let name = status.name.clone();
                Some(view! {
                    <div class="note bad" role="alert">
                        <svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6">
                            <path d="M9 1.8L16.2 9L9 16.2L1.8 9Z" /><path d="M9 5.6v4M9 11.8v.4" />
                        </svg>
                        <p>{format!("{name} sent wrong bytes for block {}. They were thrown away, and it is not asked again.", cid.short())}</p>
                    </div>
                })
            })
            .collect_view()
    };
    view! {
        <section class="pane w5" aria-labelledby="explore-verified">
            <h3 id="explore-verified">"What was verified"</h3>
            <div class="note ok">
                <svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8"><path d="M3 9.6L7 13.4L15 4.8" /></svg>
                <p>{move || {
                    let proof = state.origins.get().proof;
                    format!("Verified in your browser: {} blocks, {}. Each was hashed here and is what its name says.", proof.blocks, bytes_text(proof.bytes))
                }}</p>
            </div>
            {liars}
            <p class="meta">"This proves that you see the bytes which the authors published. It does not prove that they measured well. "
                <a href=format!("{root}verified/")>"What exactly is proven"</a></p>
        </section>
    }
}
