//! [`Slot`]: a value that effects watch.
//!
//! One signal type for each kind of value would bring Leptos' reactive graph into the program once a kind; a slot
//! keeps the value itself, and only tells the graph, which is one for all kinds, that something changed.

use std::sync::{PoisonError, RwLock};

use leptos::reactive::signal::ArcTrigger;
use leptos::reactive::traits::{Notify as _, Track as _};

struct Inner<T> {
    value: RwLock<T>,
    changed: ArcTrigger,
}

/// A handle to a value that lives as long as the page.
pub(super) struct Slot<T: 'static>(&'static Inner<T>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slot<T> {}

impl<T> Slot<T> {
    pub(super) fn new(value: T) -> Self {
        // Leaked on purpose: the explorer, once opened, is there until the page goes.
        Self(Box::leak(Box::new(Inner { value: RwLock::new(value), changed: ArcTrigger::new() })))
    }

    /// Looks at the value; the effect that does so runs again when it changes.
    pub(super) fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        self.0.changed.track();
        self.with_untracked(look)
    }

    /// Looks at the value.
    pub(super) fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the value in its place.
    pub(super) fn update(self, change: impl FnOnce(&mut T)) {
        change(&mut self.0.value.write().unwrap_or_else(PoisonError::into_inner));
        // The lock is free again: whoever hears of it may look.
        self.0.changed.notify();
    }

    /// Replaces the value.
    pub(super) fn set(self, value: T) {
        self.update(|old| *old = value);
    }
}

impl<T: Clone> Slot<T> {
    /// A copy; the effect that takes it runs again when the value changes.
    pub(super) fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy.
    pub(super) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}
