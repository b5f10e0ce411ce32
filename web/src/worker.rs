//! The explorer's Web Worker.
