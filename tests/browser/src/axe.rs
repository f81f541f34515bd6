//! What [axe](https://github.com/dequelabs/axe-core) finds wrong with the page for people who use it by
//! keyboard, screen reader or with little sight. Its program lies in `axe/`, as it was published.

use crate::Page;
use serde_json::Value;

/// axe-core 4.14.1, `axe.min.js` of its npm package; Mozilla Public License 2.0, see `axe/LICENSE`.
const AXE: &str = include_str!("../axe/axe.min.js");

impl Page {
    /// What axe finds on the page as it is now: a line for each element, with the rule that it breaks.
    ///
    /// All rules count that axe has, those of good practice and WCAG 2.2's size of targets among them.
    /// Frames are left out: what is in one is looked at on its own.
    pub fn axe(&self) -> Vec<String> {
        if self.eval("typeof globalThis.axe") != "object" {
            self.eval_async(&format!("{AXE};\ndone();"));
        }
        let found = self.eval_async(
            "const wanted = { iframes: false, preload: false, resultTypes: ['violations'],
                              rules: { 'target-size': { enabled: true } } };
             axe.run(document, wanted).then(
               found => done(found.violations.flatMap(({ id, nodes }) => nodes.map(node =>
                 `${id}: ${node.target.join(' ')} ${node.html.slice(0, 160)}: ${node.failureSummary.split('\\n').slice(1).join(';')}`))),
               error => done([String(error)]));",
        );
        let lines = found.as_array().expect("axe gives a list");
        lines.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}
