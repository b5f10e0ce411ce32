//! [`Slot`]: a value that watchers look at, and [`watch`]: what runs again when a value that it looked at changes.
//!
//! All of it lives as long as the page, so nothing is ever taken apart. Who changes a value does not wait for its
//! watchers: they run once, after it, however much changed.

use std::cell::{Cell, RefCell};

/// Something that runs again.
struct Watcher {
    run: Box<dyn Fn()>,
    /// Whether it will run soon.
    waits: Cell<bool>,
}

thread_local! {
    /// Who looks at values right now.
    static LOOKING: Cell<Option<&'static Watcher>> = const { Cell::new(None) };
    /// Who runs soon.
    static WAITING: RefCell<Vec<&'static Watcher>> = const { RefCell::new(Vec::new()) };
}

impl Watcher {
    fn run(&'static self) {
        let before = LOOKING.replace(Some(self));
        self.waits.set(false);
        (self.run)();
        LOOKING.set(before);
    }
}

/// Runs now, and soon after what it looked at has changed.
pub(super) fn watch(run: Box<dyn Fn()>) {
    let watcher: &'static Watcher = Box::leak(Box::new(Watcher { run, waits: Cell::new(false) }));
    watcher.run();
}

/// Who has looked at a value.
#[derive(Default)]
struct Watchers(RefCell<Vec<&'static Watcher>>);

impl Watchers {
    fn look(&self) {
        if let Some(watcher) = LOOKING.get() {
            let mut all = self.0.borrow_mut();
            if !all.iter().any(|known| std::ptr::eq(*known, watcher)) {
                all.push(watcher);
            }
        }
    }

    fn tell(&self) {
        for watcher in self.0.borrow().iter().filter(|watcher| !watcher.waits.replace(true)) {
            let first = WAITING.with_borrow_mut(|waiting| {
                waiting.push(watcher);
                waiting.len() == 1
            });
            if first {
                wasm_bindgen_futures::spawn_local(async {
                    for watcher in WAITING.take() {
                        watcher.run();
                    }
                });
            }
        }
    }
}

struct Inner<T> {
    value: RefCell<T>,
    watchers: Watchers,
}

/// A handle to a value.
pub(super) struct Slot<T: 'static>(&'static Inner<T>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slot<T> {}

impl<T> Slot<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Box::leak(Box::new(Inner { value: RefCell::new(value), watchers: Watchers::default() })))
    }

    /// Looks at the value; who watches runs again when it changes.
    pub(super) fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        self.0.watchers.look();
        self.with_untracked(look)
    }

    /// Looks at the value.
    pub(super) fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.value.borrow())
    }

    /// Changes the value in its place.
    pub(super) fn update(self, change: impl FnOnce(&mut T)) {
        change(&mut self.0.value.borrow_mut());
        self.0.watchers.tell();
    }

    /// Replaces the value.
    pub(super) fn set(self, value: T) {
        self.update(|old| *old = value);
    }
}

impl<T: Clone> Slot<T> {
    /// A copy; who takes it while watching runs again when the value changes.
    pub(super) fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy.
    pub(super) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}
