//! Doing what was planned, one DOI after the other. Entry point: [`carry_out`].

use serde_json::{Map, Value};

use super::registry::{Event, Registry, RegistryError, State};
use super::{Action, Planned, Step};

/// What was done to one DOI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The actions.
    pub actions: Vec<Action>,
    /// The state that the registry answered with.
    pub state: State,
}

/// How one DOI fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// As planned.
    Done(Done),
    /// Not.
    Failed(RegistryError),
    /// An error that concerns all came before it.
    NotTried,
}

/// How all fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Done.
    pub done: usize,
    /// Failed.
    pub failed: usize,
    /// Not tried.
    pub not_tried: usize,
}

/// Does what `step` does of the planned actions. `tell` hears of each DOI as soon as it was tried.
///
/// What concerns one DOI (refused metadata) does not stop the others; what concerns all (credentials, a registry
/// that does not work) does. Nothing is lost either way: the next run asks the registry again.
pub async fn carry_out(
    planned: &[Planned],
    step: Step,
    registry: &dyn Registry,
    tell: &mut dyn FnMut(&Planned, &Tried),
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut is_over = false;
    for one in planned {
        let actions: Vec<Action> =
            one.actions.iter().copied().filter(|action| action.step() == step).collect();
        if actions.is_empty() {
            continue;
        }
        let tried = if is_over {
            Tried::NotTried
        } else {
            match one_step(one, &actions, step, registry).await {
                Ok(state) => Tried::Done(Done { actions, state }),
                Err(error) => {
                    is_over = error.concerns_all();
                    Tried::Failed(error)
                }
            }
        };
        match &tried {
            Tried::Done(_) => outcome.done += 1,
            Tried::Failed(_) => outcome.failed += 1,
            Tried::NotTried => outcome.not_tried += 1,
        }
        tell(one, &tried);
    }
    outcome
}

async fn one_step(
    one: &Planned,
    actions: &[Action],
    step: Step,
    registry: &dyn Registry,
) -> Result<State, RegistryError> {
    let differences = match &one.differences {
        Value::Object(differences) => differences.clone(),
        _ => Map::new(),
    };
    let event = actions.iter().find_map(|action| match action {
        Action::Publish => Some(Event::Publish),
        Action::Resolve => Some(Event::Register),
        Action::Hide => Some(Event::Hide),
        Action::Create | Action::Update | Action::List => None,
    });
    let known = match step {
        Step::Register => registry.create(&one.doi, &one.attributes).await?,
        // What becomes public is what the site says now.
        Step::Publish | Step::Update if event.is_some() || !differences.is_empty() => {
            let known = registry.change(&one.doi, &Value::Object(differences), event).await?;
            let is_there = match event {
                Some(Event::Publish) => known.state == State::Findable,
                Some(Event::Register | Event::Hide) => known.state == State::Registered,
                None => true,
            };
            if !is_there {
                return Err(RegistryError::Refused {
                    endpoint: registry.name().to_owned(),
                    doi: one.doi.clone(),
                    status: 200,
                    reason: format!("it stayed {}", known.state.word()),
                });
            }
            known
        }
        // It is only to be listed.
        _ => return Ok(one.registry.unwrap_or(State::Findable)),
    };
    Ok(known.state)
}
