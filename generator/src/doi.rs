//! DOIs at DataCite: what is to be done ([`plan`]) and doing it ([`carry_out`]).
//!
//! Three things are compared: `content/dois.yaml`, which says what shall have a DOI; the built site, whose
//! `ds/<cid>/datacite.json` is what the registry gets; and the registry, which knows how far each DOI is. No
//! state is kept anywhere else, so that every command can be stopped at any point and run again.
//!
//! Where a DOI has to get: **findable**; under embargo **registered** (it resolves, its metadata have the date
//! `Available`, it is not listed); withdrawn **registered** too, its page stays and says so.
//!
//! Specification: <https://support.datacite.org/docs/api-create-dois>. Not supported: deleting drafts, moving
//! DOIs between repositories, more than one DOI for a dataset.

use pinfold_core::cid::Cid;
use serde::Serialize;
use serde_json::Value;

mod differences;
pub mod registry;
mod site;
mod work;

pub use differences::differences;
pub use site::{Choice, read_site};
pub use work::{Done, Outcome, Tried, carry_out};

use registry::{Registry, RegistryError, State};

/// What one command does to a DOI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// `register`: make a draft.
    Create,
    /// `update`: push metadata or the address.
    Update,
    /// `publish`: make it findable.
    Publish,
    /// `publish`, under embargo or withdrawn before it was published: make it resolve.
    Resolve,
    /// `update`: a withdrawn one is not listed any more.
    Hide,
    /// `publish`: it is public already, but dois.yaml does not list it.
    List,
}

impl Action {
    /// The word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Publish => "publish",
            Self::Resolve => "resolve",
            Self::Hide => "hide",
            Self::List => "list",
        }
    }

    /// The command that does it.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::Create => Step::Register,
            Self::Publish | Self::Resolve | Self::List => Step::Publish,
            Self::Update | Self::Hide => Step::Update,
        }
    }
}

/// The commands that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Makes drafts.
    Register,
    /// Makes DOIs public.
    Publish,
    /// Pushes what changed.
    Update,
}

/// One DOI: what is known of it and what is to be done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// `10.…/…`.
    pub doi: String,
    /// The dataset.
    pub cid: Cid,
    /// Its title, where the site knows it.
    pub title: Option<String>,
    /// Whether dois.yaml lists it.
    pub listed: bool,
    /// The day until which its data are not shown.
    pub embargo: Option<String>,
    /// The day on which it was withdrawn.
    pub withdrawn: Option<String>,
    /// What the registry has: `None` when it was not asked or has nothing.
    pub registry: Option<State>,
    /// What is to be done, in this order. Empty when the registry was not asked.
    pub actions: Vec<Action>,
    /// Attributes that differ from the registry's.
    pub changed: Vec<String>,
    /// What must be mended before anything can be done.
    pub problems: Vec<String>,
    /// Whether it shall have a DOI: it is listed, or somebody named it.
    #[serde(skip)]
    pub wanted: bool,
    /// What the registry would get.
    #[serde(skip)]
    pub attributes: Value,
    /// Of that, what it does not have yet.
    #[serde(skip)]
    pub differences: Value,
}

impl Planned {
    /// Where it has to get.
    #[must_use]
    pub fn goal(&self) -> State {
        if self.embargo.is_some() || self.withdrawn.is_some() { State::Registered } else { State::Findable }
    }

    /// The year that the registry gets.
    #[must_use]
    pub fn year(&self) -> Option<i32> {
        let year = &self.attributes["publicationYear"];
        i32::try_from(year.as_i64().or_else(|| year.as_str()?.parse().ok())?).ok()
    }

    /// Fills in what is to be done, now that the registry was asked.
    fn compare(&mut self, known: Option<registry::Known>) {
        self.actions.clear();
        self.registry = known.as_ref().map(|known| known.state);
        let Some(known) = known else {
            if self.wanted && self.problems.is_empty() {
                self.actions.push(Action::Create);
            }
            return;
        };
        if !self.problems.is_empty() {
            return;
        }
        let differences = differences(&self.attributes, &known.attributes);
        self.changed = differences.keys().cloned().collect();
        self.differences = Value::Object(differences);
        if !self.changed.is_empty() {
            self.actions.push(Action::Update);
        }
        match (known.state, self.goal()) {
            (State::Draft | State::Registered, State::Findable) => self.actions.push(Action::Publish),
            (State::Draft, State::Registered) => self.actions.push(Action::Resolve),
            // Something that was public before its embargo was declared stays so.
            (State::Findable, State::Registered) if self.withdrawn.is_some() => {
                self.actions.push(Action::Hide)
            }
            _ => {}
        }
        if !self.listed && known.state == State::Findable {
            self.actions.push(Action::List);
        }
    }
}

/// Asks the registry about each of `planned` and fills in what is to be done. `asked` is told of each one.
///
/// # Errors
/// When the registry does not answer.
pub async fn plan(
    planned: &mut [Planned],
    registry: &dyn Registry,
    mut asked: impl FnMut(),
) -> Result<(), RegistryError> {
    for one in planned {
        let known = registry.find(&one.doi).await?;
        one.compare(known);
        asked();
    }
    Ok(())
}
