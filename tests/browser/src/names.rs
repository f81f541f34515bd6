//! Controls by role and name, as the accessibility tree gives them.

use serde_json::Value;
use std::fmt;

/// Something on the page that a person can operate.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// What it is to a screen reader: `button`, `link`, `slider`, …
    pub role: String,
    /// What a screen reader says.
    pub name: String,
    /// Whether it has the keyboard's focus.
    pub focused: bool,
    /// Whether it is greyed out.
    pub disabled: bool,
    /// The state of a toggle, checkbox, tab or option: pressed, checked or selected.
    pub on: Option<bool>,
    /// What the browser calls the element.
    pub(crate) handle: Handle,
}

/// An element, outside the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Handle {
    /// Chromium's own number.
    Number(u64),
    /// A reference of WebDriver.
    Reference(String),
}

/// What a script finds to operate, for browsers that do not give their accessibility tree.
pub(crate) const OPERABLE: &str = "\
    [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex], [role=option]')]\
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert], [aria-hidden=true]'))\
    .filter((element) => !document.querySelector('dialog:modal') || element.closest('dialog:modal'))\
    .map((element) => ({ element, focused: element === document.activeElement, \
      disabled: element.matches(':disabled, [aria-disabled=true]'), \
      on: element.matches('[type=checkbox], [type=radio]') ? element.checked : \
        ['pressed', 'checked', 'selected'].map((state) => element.getAttribute('aria-' + state)).filter(Boolean).map((on) => on === 'true')[0] ?? null }))";

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.role, self.name)
    }
}

/// Which controls are meant.
///
/// `Play` is a control of exactly that name; `Node 3…` one whose name begins so; `slider:Speed` one of
/// that role as well.
pub(crate) fn matches(control: &Control, wanted: &str) -> bool {
    let (role, name) = match wanted.split_once(':') {
        Some((role, name)) if ROLES.contains(&role) => (Some(role), name),
        _ => (None, wanted),
    };
    let named = match name.strip_suffix('…') {
        Some(beginning) => control.name.starts_with(beginning),
        None => control.name == name,
    };
    named && role.is_none_or(|role| role == control.role)
}

/// The roles of things to operate. Anything else that can have the focus counts, too.
const ROLES: &[&str] = &[
    "button",
    "checkbox",
    "combobox",
    "gridcell",
    "link",
    "listbox",
    "menuitem",
    "menuitemcheckbox",
    "menuitemradio",
    "option",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
    "treeitem",
];

/// The controls in the answer to `Accessibility.getFullAXTree`, in the order of the document.
pub(crate) fn controls(tree: &Value) -> Vec<Control> {
    let nodes = tree["nodes"].as_array().expect("the accessibility tree has nodes");
    nodes.iter().filter_map(control).collect()
}

fn control(node: &Value) -> Option<Control> {
    if node["ignored"].as_bool() == Some(true) {
        return None;
    }
    let role = node["role"]["value"].as_str()?;
    let property = |name: &str| {
        let properties = node["properties"].as_array()?;
        properties
            .iter()
            .find(|property| property["name"] == name)
            .map(|property| &property["value"]["value"])
    };
    let is = |name: &str| property(name).is_some_and(|value| value == true || value == "true");
    if role == "RootWebArea" || !(is("focusable") || ROLES.contains(&role)) {
        return None;
    }
    let on = ["pressed", "checked", "selected"].into_iter().find_map(property);
    Some(Control {
        role: role.to_owned(),
        name: node["name"]["value"].as_str().unwrap_or_default().to_owned(),
        focused: is("focused"),
        disabled: is("disabled"),
        on: on.map(|value| value == true || value == "true"),
        handle: Handle::Number(node["backendDOMNodeId"].as_u64()?),
    })
}
