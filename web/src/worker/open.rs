//! What comes before the first picture: sources, the dataset's structure, the coasts of maps.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use futures::channel::oneshot;
use pinfold_core::block::{BlockGet, Limits, part_for};
use pinfold_core::cid::Cid;
use pinfold_core::explore::session::{ExploreError, Session, Why};
use pinfold_core::gateways::Kind;
use pinfold_core::parts::{self, Part, PartError};
use pinfold_core::unixfs::{Unixfs, UnixfsStore};
use wasm_bindgen_futures::spawn_local;

use super::{PROBE_MS, Worker};
use crate::explorer::protocol::FromWorker;
use crate::transport::browser::{file, within};
use crate::transport::gateway::HttpGateway;

/// How long `meta.car` and the page's own server are waited for, where others can be asked for the same.
const PATIENCE_MS: u32 = 1_500;

/// After that `meta.car` is given up.
const STRUCTURE_MS: u32 = 10_000;

/// What `meta.car` may weigh: a build writes at most 1 MiB of blocks, and their CIDs.
const STRUCTURE_BYTES: u32 = 2 << 20;

/// The longest that a map waits for its coasts.
const LAND_MS: u32 = 5_000;

/// What the coasts may weigh; they are 33 kB.
const LAND_BYTES: u32 = 1 << 20;

/// Work that goes on when nobody waits for it any longer; resolves when it is done.
fn aside(work: impl Future<Output = ()> + 'static) -> oneshot::Receiver<()> {
    let (done, receiver) = oneshot::channel();
    spawn_local(async move {
        work.await;
        let _ = done.send(());
    });
    receiver
}

/// Brings what hashes blocks of such CIDs, where it is elsewhere.
async fn bring_hash(cid: Cid) -> Result<(), PartError> {
    match part_for(cid) {
        Some(part) => parts::bring(part).await,
        None => Ok(()),
    }
}

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
        self.cid.set(Some(cid));
        let blocks = &self.blocks;
        // Without what hashes them no block of the structure would be right.
        let meta_car = if bring_hash(cid).await.is_ok() { meta_car } else { None };
        let structure = aside(Rc::clone(&self).bring_structure(cid, meta_car));
        let own = origin.map(|origin| HttpGateway::new(&origin));
        let probe = aside(Rc::clone(&self).bring_origin(own));
        let mut both = std::pin::pin!(futures::future::join(structure, probe));
        // Each comes later as well: nothing waits for it while somebody else can be asked.
        while within(PATIENCE_MS, both.as_mut()).await.is_none()
            && gateways.is_empty()
            && blocks.sources().status().is_empty()
        {}
        for address in &gateways {
            blocks.sources().add(Kind::Gateway, Arc::new(HttpGateway::new(address)));
        }
        if folder {
            self.opened(Vec::new());
        } else {
            match self.open_session().await {
                Ok(opened) => *session = Some(opened),
                Err(error) => return self.close(error),
            }
        }
        drop(session);
        blocks.cache().ready().await;
        self.report_sources();
    }

    /// The blocks of the structure file beside the page.
    async fn bring_structure(self: Rc<Self>, cid: Cid, address: Option<String>) {
        let Some(address) = address else { return };
        let Some(car) = file(&address, STRUCTURE_BYTES, STRUCTURE_MS).await else { return };
        let (taken, wrong) = self.blocks.take_structure(Bytes::from(car));
        self.structure_blocks.set(taken as u64);
        let fault = if wrong > 0 {
            "is damaged"
        } else if self.blocks.has(cid) {
            return;
        } else {
            "is not this dataset's"
        };
        *self.structure_fault.borrow_mut() = Some(format!(
            "The structure file beside this page (meta.car) {fault}; what it lacks is fetched from gateways."
        ));
    }

    /// The server that the page came from, where it is a gateway.
    async fn bring_origin(self: Rc<Self>, own: Option<HttpGateway>) {
        if let Some(own) = own
            && let Some(Ok(())) = within(PROBE_MS, own.probe()).await
        {
            self.blocks.sources().add(Kind::Origin, Arc::new(own));
        }
    }

    /// What reads the dataset's files, and where they begin.
    pub(super) async fn unixfs(&self) -> Result<(Arc<Unixfs>, Cid), ExploreError> {
        let Some(cid) = self.cid.get() else {
            let message = "The dataset's address is no CID.".to_owned();
            return Err(ExploreError { why: Why::NotThere, message, details: Vec::new() });
        };
        bring_hash(cid).await?;
        let getter: Arc<dyn BlockGet> = Arc::new(self.blocks.clone());
        Ok((Arc::new(Unixfs::new(getter, Limits::default())), cid))
    }

    pub(super) async fn open_session(&self) -> Result<Session, ExploreError> {
        let (unixfs, cid) = self.unixfs().await?;
        let session = Session::open(Arc::new(UnixfsStore::with_unixfs(unixfs, cid)), cid).await?;
        self.opened(session.problems());
        Ok(session)
    }

    /// Tells that the dataset is open, and what is the matter with it.
    fn opened(&self, problems: Vec<String>) {
        self.send(&FromWorker::Opened {
            problems,
            hashes_natively: self.blocks.hashes_natively(),
            structure: self.structure_fault.borrow_mut().take(),
        });
    }

    /// Fetches the coasts, once. A map without them is still a map: the next one tries again.
    pub(super) async fn bring_land(&self) {
        let address = self.land.borrow().clone();
        // Without what reads them they are of no use; that it did not come is said when it is drawn.
        if address.is_empty() || parts::bring(Part::Pictures).await.is_err() {
            return;
        }
        if let Some(land) = file(&address, LAND_BYTES, LAND_MS).await
            && pinfold_core::plot::coastline::supply(&land)
        {
            self.land.borrow_mut().clear();
        }
    }
}
