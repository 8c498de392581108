//! The grammar of every segment takes any elements.
#![no_main]

use kx837::claim::ServiceLine;
use kx837::claim::segments;
use kx837::finding::ClaimKind;
use kx837::x12::{self, Components, Element, Elements, grammar};
use libfuzzer_sys::fuzz_target;
use nom::{Input, Parser};

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (separator, component_separator, segment) = input;
    let (elements, _) = Elements::of(segment, segment.len(), separator, component_separator);
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
        segments::svd,
        segments::cas,
        x12::group_header,
        x12::transaction_set_header,
        x12::trailer,
        grammar::element,
        grammar::located,
    );
    let mut line = ServiceLine::new(ClaimKind::Professional);
    for (rest, _) in [
        segments::sv1(elements, &mut line),
        segments::sv2(elements, &mut line),
        segments::sv3(elements, &mut line),
    ]
    .into_iter()
    .flatten()
    {
        assert!(rest.input_len() <= elements.input_len());
    }
    // As many elements as there are, each with its place and its components.
    let mut rest = elements;
    let mut ordinal = 0_u8;
    while rest.input_len() > 0 {
        let element = rest.first();
        ordinal += 1;
        assert_eq!(element.ordinal, ordinal);
        components(element, component_separator);
        let (composite, behind) = rest.split_components();
        assert_eq!(composite.bytes(), element.bytes);
        let _ = segments::hi(composite);
        rest = behind;
    }
    assert_eq!(usize::from(ordinal), elements.input_len());
    assert_eq!(elements.iter_elements().count(), elements.input_len());
    assert!(grammar::required(rest, "anything").is_err());
    let _ = grammar::skip(8).parse(elements);
});

/// The components of an element are those of a plain split.
fn components(element: Element<'_>, separator: u8) {
    let mut rest = Components::new(element.bytes, separator);
    for expected in element.bytes.split(|byte| *byte == separator) {
        let (component, behind) = rest.split_first();
        assert_eq!(x12::trimmed(component), x12::trimmed(expected));
        rest = behind;
    }
    assert_eq!(rest.split_first().0, b"");
}
