//! Parts of a program that is loaded in parts: [`Part`], and whether it is here.
//!
//! Where programs are whole, everything always is. The explorer's program is cut by `cargo xtask web`
//! (`web/budget.json` says what belongs to a part); it tells in the beginning which parts are elsewhere
//! ([`Part::is_elsewhere`]) and when one came ([`Part::came`]). Who calls into a part asks first
//! ([`Part::need`]): a call into a part that is not here ends the program.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::DecodeError;

/// What may be loaded later than the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Part {
    /// Zstandard.
    Zstd,
    /// Deflate, filters that do arithmetic, BLAKE3.
    Codecs,
    /// Pictures other than lines over an axis.
    Pictures,
    /// Tables and files.
    Take,
    /// What a pointer does in a picture.
    Hand,
    /// Directories, and metadata that is not consolidated.
    List,
}

/// A bit for each part that is elsewhere.
static ELSEWHERE: AtomicU8 = AtomicU8::new(0);

impl Part {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Zstd, Self::Codecs, Self::Pictures, Self::Take, Self::Hand, Self::List];

    /// What its file is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Codecs => "codecs",
            Self::Pictures => "pictures",
            Self::Take => "take",
            Self::Hand => "hand",
            Self::List => "list",
        }
    }

    /// What it is for.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Zstd => "decompresses Zstandard",
            Self::Codecs => "reads deflate, filters and BLAKE3",
            Self::Pictures => "draws maps, sections, profiles and distributions",
            Self::Take => "makes tables and files",
            Self::Hand => "moves pictures and reads values",
            Self::List => "lists directories",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Says that it has to be loaded.
    pub fn is_elsewhere(self) {
        ELSEWHERE.fetch_or(self.bit(), Ordering::Relaxed);
    }

    /// Says that it was loaded.
    pub fn came(self) {
        ELSEWHERE.fetch_and(!self.bit(), Ordering::Relaxed);
    }

    /// Whether it can be called.
    #[must_use]
    pub fn is_here(self) -> bool {
        ELSEWHERE.load(Ordering::Relaxed) & self.bit() == 0
    }

    /// Nothing when it can be called.
    ///
    /// # Errors
    /// [`DecodeError::Elsewhere`]: when it was loaded, decoding may be tried again.
    pub fn need(self) -> Result<(), DecodeError> {
        if self.is_here() { Ok(()) } else { Err(DecodeError::Elsewhere(self)) }
    }
}
