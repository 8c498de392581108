//! The grammar of every segment takes any elements.
#![no_main]

use kx837::claim::segments;
use kx837::x12::scan::ElementTable;
use kx837::x12::{self, Components, Element, Elements, grammar};
use libfuzzer_sys::fuzz_target;
use nom::{Input, Parser};

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (separator, component_separator, segment) = input;
    let mut table = ElementTable::default();
    table.locate(segment, 0, segment.len(), separator, component_separator);
    let elements = Elements::new(&table);
    macro_rules! parse {
        ($($parser:path),* $(,)?) => {
            $(if let Ok((rest, _)) = $parser(elements) {
                assert!(rest.input_len() <= elements.input_len());
            })*
        };
    }
    parse!(
        segments::clm,
        segments::dtp,
        segments::reference,
        segments::paperwork,
        segments::note,
        segments::conditions,
        segments::dme_certification,
        segments::file_information,
        segments::hl,
        segments::sbr,
        segments::nm1,
        segments::prv,
        segments::n4,
        segments::dmg,
        segments::lx,
        segments::sv1,
        segments::sv2,
        segments::sv3,
        segments::svd,
        segments::cas,
        x12::group_header,
        x12::transaction_set_header,
        x12::trailer,
        grammar::element,
        grammar::located,
    );
    // As many elements as there are, each with its place and its components.
    let mut rest = elements;
    let mut ordinal = 0_u8;
    while rest.input_len() > 0 {
        let element = rest.first();
        ordinal += 1;
        assert_eq!(element.ordinal, ordinal);
        components(element, component_separator);
        let _ = segments::hi(element, component_separator);
        rest = rest.rest();
    }
    assert_eq!(usize::from(ordinal), table.count());
    assert_eq!(elements.iter_elements().count(), table.count());
    let _ = grammar::required("anything").parse(rest);
    let _ = grammar::skip(8).parse(elements);
});

/// The components of an element are those of a plain split.
fn components(element: Element<'_>, separator: u8) {
    let mut rest = Components::new(element, separator);
    for expected in element.bytes.split(|byte| *byte == separator) {
        let (component, behind) = rest.split_first();
        assert_eq!(x12::trimmed(component), x12::trimmed(expected));
        rest = behind;
    }
    assert_eq!(rest.split_first().0, b"");
}
