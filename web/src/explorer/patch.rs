//! [`patch`]: makes part of the page what an HTML text says, and leaves alone what is so already.
//!
//! A part is made anew as text whenever something of it changes, up to eight times a second while data come. What
//! somebody points at, types into, has scrolled or folded open must outlive that, so elements that stay are kept
//! and only their differences are written.
//!
//! The text is parsed in a `<template>`: nothing in it runs or loads before it is in the page.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlTemplateElement, Node};

use crate::shared::dom::document;

/// Attributes whose property is what counts once somebody has typed or chosen.
const PROPERTIES: [&str; 3] = ["value", "checked", "selected"];

/// Makes the children of `parent`, up to `until` where one is named, what `html` says. `html` has to be escaped.
pub(super) fn patch(parent: &Node, html: &str, until: Option<&Node>) {
    let Some(template) = document().and_then(|document| document.create_element("template").ok()) else {
        return;
    };
    template.set_inner_html(html);
    children(parent, &template.unchecked_into::<HtmlTemplateElement>().content(), until);
}

fn children(parent: &Node, wanted: &Node, until: Option<&Node>) {
    let up_to = |node: Option<Node>| node.filter(|node| until != Some(node));
    let mut old = up_to(parent.first_child());
    while let Some(new) = wanted.first_child() {
        let mut same = old.clone();
        while let Some(one) = same.take_if(|one| !alike(one, &new)) {
            same = up_to(one.next_sibling());
        }
        let Some(same) = same else {
            // Moves it out of the template.
            let _ = parent.insert_before(&new, old.as_ref().or(until));
            continue;
        };
        // What was between is gone.
        while let Some(gone) = old.take_if(|one| *one != same) {
            old = up_to(gone.next_sibling());
            let _ = parent.remove_child(&gone);
        }
        if !same.is_equal_node(Some(&new)) {
            become_like(&same, &new);
        }
        old = up_to(same.next_sibling());
        let _ = wanted.remove_child(&new);
    }
    while let Some(gone) = old {
        old = up_to(gone.next_sibling());
        let _ = parent.remove_child(&gone);
    }
}

/// Whether one can become the other. What is told apart by class, role or id is another thing: an alert has to be
/// new in the page for screen readers to read it out.
fn alike(old: &Node, new: &Node) -> bool {
    if old.node_name() != new.node_name() {
        return false;
    }
    match (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) {
        (Some(old), Some(new)) => {
            ["class", "role", "id"].iter().all(|name| old.get_attribute(name) == new.get_attribute(name))
        }
        _ => true,
    }
}

fn become_like(old: &Node, new: &Node) {
    let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        return old.set_node_value(new.node_value().as_deref());
    };
    for name in names(new) {
        let value = new.get_attribute(&name).unwrap_or_default();
        if old.get_attribute(&name).as_deref() != Some(value.as_str()) {
            let _ = old.set_attribute(&name, &value);
            let property = if name == "value" { JsValue::from_str(&value) } else { JsValue::TRUE };
            set_property(old, &name, &property);
        }
    }
    for name in names(old) {
        // Whether details are open is the visitor's choice.
        if name != "open" && !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
            set_property(old, &name, &JsValue::FALSE);
        }
    }
    children(old, new, None);
}

fn names(element: &Element) -> Vec<String> {
    element.get_attribute_names().iter().filter_map(|name| name.as_string()).collect()
}

fn set_property(element: &Element, name: &str, value: &JsValue) {
    if PROPERTIES.contains(&name) {
        // Only of the elements that carry such an attribute, which have the property too.
        let _ = js_sys::Reflect::set(element, &JsValue::from_str(name), value);
    }
}
