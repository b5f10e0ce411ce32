//! From a list of IPFS pins to a research-data catalogue: the stages behind the `pinfold` command.

pub mod add;
pub mod build;
pub mod catalogue;
pub mod cmd;
pub mod content;
pub mod dates;
pub mod deploy;
pub mod doi;
pub mod dois;
pub mod front_end;
pub mod gather;
mod http;
pub mod import;
pub mod kubo;
pub mod pinlist;
pub mod progress;
pub mod records;
pub mod render;
pub mod report;
pub mod search_index;
pub mod serve;
pub mod site;
pub mod source;
pub mod verify;
pub mod yaml;
