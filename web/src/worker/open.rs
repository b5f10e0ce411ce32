//! What comes before the first picture: sources, the dataset's structure, the coasts of maps.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use pinfold_core::block::{BlockGet, Limits, part_for};
use pinfold_core::cid::Cid;
use pinfold_core::explore::session::{ExploreError, Session, Why};
use pinfold_core::gateways::Kind;
use pinfold_core::parts::{self, Part};
use pinfold_core::unixfs::{Unixfs, UnixfsStore};

use super::{PROBE_MS, Worker};
use crate::explorer::protocol::FromWorker;
use crate::transport::browser::within;
use crate::transport::gateway::HttpGateway;
use crate::transport::page_blocks::PageBlocks;
use crate::transport::peer::PeerSource;

/// How long `meta.car` is waited for; what it holds is to be had from gateways as well.
const STRUCTURE_MS: u32 = 10_000;

/// The longest that a map waits for its coasts.
const LAND_MS: u32 = 5_000;

impl Worker {
    pub(super) async fn open(
        self: Rc<Self>,
        cid: String,
        origin: Option<String>,
        gateways: Vec<String>,
        meta_car: Option<String>,
        folder: bool,
    ) {
        // The first view waits for this lock.
        let mut session = self.session.lock().await;
        let cid: Cid = match cid.parse() {
            Ok(cid) => cid,
            Err(error) => {
                let error: pinfold_core::cid::CidError = error;
                return self.close(ExploreError {
                    why: Why::NotThere,
                    message: format!("{error}."),
                    details: Vec::new(),
                });
            }
        };
        if let Some(part) = part_for(cid)
            && let Err(error) = parts::bring(part).await
        {
            return self.close(error.into());
        }
        let mut remark = None;
        let structure = async {
            let address = meta_car.as_deref()?;
            let response = gloo_net::http::Request::get(address)
                .send()
                .await
                .ok()
                .filter(gloo_net::http::Response::ok)?;
            response.binary().await.ok()
        };
        let own = origin.as_deref().map(HttpGateway::new);
        let probe = async {
            match &own {
                Some(own) => within(PROBE_MS, own.probe()).await.is_some_and(|answer| answer.is_ok()),
                None => false,
            }
        };
        let (blocks, structure, own_answers) =
            futures::join!(PageBlocks::open(), within(STRUCTURE_MS, structure), probe);
        *self.blocks.borrow_mut() = Some(blocks.clone());
        if let Some(car) = structure.flatten() {
            let (taken, wrong) = blocks.take_structure(Bytes::from(car));
            self.structure_blocks.set(taken as u64);
            let fault = if wrong > 0 {
                Some("is damaged")
            } else if blocks.has(cid) {
                None
            } else {
                Some("is not this dataset's")
            };
            remark = fault.map(|fault| {
                format!("The structure file beside this page (meta.car) {fault}; what it lacks is fetched from gateways.")
            });
        }
        if let Some(own) = own.filter(|_| own_answers) {
            blocks.sources().add(Kind::Origin, Arc::new(own));
        }
        for address in &gateways {
            blocks.sources().add(Kind::Gateway, Arc::new(HttpGateway::new(address)));
        }
        if let Some(port) = self.waiting_port.borrow_mut().take() {
            blocks.sources().add(Kind::Peer, Arc::new(PeerSource::new(&port)));
        }
        self.cid.set(Some(cid));
        let mut problems = Vec::new();
        if !folder {
            match self.open_session().await {
                Ok(opened) => {
                    problems = opened.problems();
                    *session = Some(opened);
                }
                Err(error) => return self.close(error),
            }
        }
        let hashes_natively = blocks.hashes_natively();
        self.send(&FromWorker::Opened { problems, hashes_natively, structure: remark });
        self.report_sources();
    }

    /// What reads the dataset's files; `None` before the first message.
    pub(super) fn unixfs(&self) -> Option<(Arc<Unixfs>, Cid)> {
        let getter: Arc<dyn BlockGet> = Arc::new(self.blocks.borrow().clone()?);
        Some((Arc::new(Unixfs::new(getter, Limits::default())), self.cid.get()?))
    }

    pub(super) async fn open_session(&self) -> Result<Session, ExploreError> {
        let Some((unixfs, cid)) = self.unixfs() else {
            let message = "The dataset's address is no CID.".to_owned();
            return Err(ExploreError { why: Why::NotThere, message, details: Vec::new() });
        };
        Session::open(Arc::new(UnixfsStore::with_unixfs(unixfs, cid)), cid).await
    }

    /// Fetches the coasts, once. A map without them is still a map: the next one tries again.
    pub(super) async fn bring_land(&self) {
        let address = self.land.borrow().clone();
        // Without what reads them they are of no use; that it did not come is said when it is drawn.
        if address.is_empty() || parts::bring(Part::Pictures).await.is_err() {
            return;
        }
        let file = async { gloo_net::http::Request::get(&address).send().await.ok()?.binary().await.ok() };
        if let Some(file) = within(LAND_MS, file).await.flatten()
            && pinfold_core::plot::coastline::supply(&file)
        {
            self.land.borrow_mut().clear();
        }
    }
}
