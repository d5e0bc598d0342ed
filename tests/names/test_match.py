from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dosimetry.names import Role, Side, match_name
from dosimetry.names.match import mentions
from dosimetry.names.vocabulary import vocabulary

L, R, B, U = Side.LEFT, Side.RIGHT, Side.BOTH, Side.UNKNOWN

RIGHT_ONES = [
    ("Heart", Role.HEART, None),
    ("HEART", Role.HEART, None),
    ("heart ", Role.HEART, None),
    ("HEART4", Role.HEART, None),
    ("Heart_1", Role.HEART, None),
    ("1.Heart", Role.HEART, None),
    ("OAR_Heart", Role.HEART, None),
    ("Whole Heart", Role.HEART, None),
    ("Herz", Role.HEART, None),
    ("cœur", Role.HEART, None),
    ("Coeur", Role.HEART, None),
    ("Ｈｅａｒｔ", Role.HEART, None),
    ("A_LAD", Role.LAD, None),
    ("LAD", Role.LAD, None),
    ("lad artery", Role.LAD, None),
    ("Left Anterior Descending", Role.LAD, None),
    ("RIVA", Role.LAD, None),
    ("LV", Role.LEFT_VENTRICLE, None),
    ("Ventricle_L", Role.LEFT_VENTRICLE, None),
    ("Left Ventricle", Role.LEFT_VENTRICLE, None),
    ("LeftVentricle", Role.LEFT_VENTRICLE, None),
    ("Heart_LV", Role.LEFT_VENTRICLE, None),
    ("BrachialPlex_L", Role.BRACHIAL_PLEXUS, L),
    ("lung_tot", Role.LUNG, B),
    ("Coronary Artery LAD", Role.LAD, None),
    ("Esoph", Role.OESOPHAGUS, None),
    ("PTV_SCF", Role.SUPRACLAVICULAR, U),
    ("CTV Mammaria int", Role.IMN_TARGET, U),
    ("Axilla_L1_R", Role.LEVEL_1, R),
    ("Axilla L2 left", Role.LEVEL_2, L),
    ("axilla l3", Role.LEVEL_3, U),
    ("CTVn_Lev1", Role.LEVEL_1, U),
    ("CTVn Lvl2 L", Role.LEVEL_2, L),
    ("Lvl 3", Role.LEVEL_3, U),
    ("Lev4", Role.LEVEL_4, U),
    ("Brachial Plexus R", Role.BRACHIAL_PLEXUS, R),
    ("Lt_BrachialPlexus", Role.BRACHIAL_PLEXUS, L),
    ("Plexus brachialis li", Role.BRACHIAL_PLEXUS, L),
    ("plexus brachial droit", Role.BRACHIAL_PLEXUS, R),
    ("brach plexus", Role.BRACHIAL_PLEXUS, U),
    ("BrachialPlexs", Role.BRACHIAL_PLEXUS, B),
    ("Lung_L", Role.LUNG, L),
    ("LUNG_L", Role.LUNG, L),
    ("Lt Lung", Role.LUNG, L),
    ("Rt.Lung", Role.LUNG, R),
    ("Lung-Left", Role.LUNG, L),
    ("L_Lung", Role.LUNG, L),
    ("Left Lung", Role.LUNG, L),
    ("LungLeft", Role.LUNG, L),
    ("LLung", Role.LUNG, L),
    ("rLung", Role.LUNG, R),
    ("lungl", Role.LUNG, L),
    ("LUNGR", Role.LUNG, R),
    ("rightlung", Role.LUNG, R),
    ("Lung_L_2", Role.LUNG, L),
    ("Lung (R)", Role.LUNG, R),
    ("lung li", Role.LUNG, L),
    ("Lunge links", Role.LUNG, L),
    ("Lunge re", Role.LUNG, R),
    ("poumon gauche", Role.LUNG, L),
    ("Poumon_D", Role.LUNG, R),
    ("pulmón izq", Role.LUNG, L),
    ("Lung", Role.LUNG, U),
    ("Lungs", Role.LUNG, B),
    ("Total Lung", Role.LUNG, B),
    ("Lung L+R", Role.LUNG, B),
    ("Lungs_Both", Role.LUNG, B),
    ("lunger", Role.LUNG, B),
    ("Breast", Role.BREAST, U),
    ("Breast_R", Role.BREAST, R),
    ("Lt Breast", Role.BREAST, L),
    ("Mamma li", Role.BREAST, L),
    ("Chestwall_L", Role.CHESTWALL, L),
    ("Chest Wall Rt", Role.CHESTWALL, R),
    ("CTVp_breast", Role.BREAST_TARGET, U),
    ("CTVp_breast_L", Role.BREAST_TARGET, L),
    ("PTV_Breast_R_4005", Role.BREAST_TARGET, R),
    ("PTVbreast", Role.BREAST_TARGET, U),
    ("CTV whole breast L", Role.BREAST_TARGET, L),
    ("CTVp_chestwall", Role.CHESTWALL_TARGET, U),
    ("PTV_CW_L", Role.CHESTWALL_TARGET, L),
    ("LN_IMN_L", Role.IMN_TARGET, L),
    ("ESTRO_LN_IMN_R", Role.IMN_TARGET, R),
    ("LN_Parasternal_L", Role.IMN_TARGET, L),
    ("IMN", Role.IMN_TARGET, U),
    ("LN_IMNs", Role.IMN_TARGET, U),
    ("IMN_L", Role.IMN_TARGET, L),
    ("IMNs Rt", Role.IMN_TARGET, R),
    ("imnl", Role.IMN_TARGET, L),
    ("CTV INM", Role.IMN_TARGET, U),
    ("ctv imn", Role.IMN_TARGET, U),
    ("CTVn_IMN", Role.IMN_TARGET, U),
    ("CTVn_IMN_R", Role.IMN_TARGET, R),
    ("CTVnIMN_L", Role.IMN_TARGET, L),
    ("ctvnimn", Role.IMN_TARGET, U),
    ("IMC", Role.IMN_TARGET, U),
    ("MI nodes", Role.IMN_TARGET, U),
    ("IM Nodes L", Role.IMN_TARGET, L),
    ("PTV_IMN", Role.IMN_TARGET, U),
    ("PTVn IMN 50", Role.IMN_TARGET, U),
    ("PTVn2 IMN 50.4Gy", Role.IMN_TARGET, U),
    ("Internal Mammary Nodes Lt", Role.IMN_TARGET, L),
    ("CTV mammaire interne gauche", Role.IMN_TARGET, L),
    ("LK parasternal rechts", Role.IMN_TARGET, R),
    ("IMN L&R", Role.IMN_TARGET, B),
    ("CTVn_L1", Role.LEVEL_1, U),
    ("CTVn_L1_L", Role.LEVEL_1, L),
    ("ctvn l2 r", Role.LEVEL_2, R),
    ("LN_Ax_L1_L", Role.LEVEL_1, L),
    ("Level 3", Role.LEVEL_3, U),
    ("PTVn_L4_50", Role.LEVEL_4, U),
    ("CTVn_interpectoral", Role.INTERPECTORAL, U),
    ("SCL_L", Role.SUPRACLAVICULAR, L),
    ("PTV SCV R", Role.SUPRACLAVICULAR, R),
    ("LN_Sclav_R", Role.SUPRACLAVICULAR, R),
    ("Axilla_L", Role.AXILLA, L),
    ("Nodes", Role.NODES, U),
    ("CTVn", Role.NODES, U),
    ("PTVn_L", Role.NODES, L),
    ("CTVn_L2-4", Role.NODES, U),
    ("CTVn_L1-L3_R", Role.NODES, R),
    ("PTV SCL+Ax L", Role.NODES, L),
    ("SpinalCord", Role.SPINAL_CORD, None),
    ("Spinal_Cord", Role.SPINAL_CORD, None),
    ("Myelon", Role.SPINAL_CORD, None),
    ("Esophagus", Role.OESOPHAGUS, None),
    ("Ösophagus", Role.OESOPHAGUS, None),
    ("Liver", Role.LIVER, None),
    ("BODY", Role.BODY, None),
    ("External", Role.BODY, None),
]

# Other volumes, planning helpers, composites, or names that could mean more than one thing.
WRONG_ONES = [
    "LUNGS-ITV's",
    "Lungs-GTV",
    "Lung_L-PTV",
    "Lung_L-Heart",
    "Lung_L_05",
    "Lung_LUL",
    "Lung_RML",
    "Ring_Lung",
    "Ipsilateral Lung",
    "Heart_PRV",
    "Heart_PRV05",
    "Heart-PTV",
    "PTV_Heart",
    "Heart opt",
    "HEARTopt",
    "zHeart",
    "xHeart",
    "_Heart",
    "~Heart",
    "Heart^Opt",
    "Heart_x",
    "Heart help",
    "Heart avoid",
    "Heart_20Gy",
    "Heart 50%",
    "Heart_L",
    "Heart_R",
    "Heart+A_Pulm",
    "Heart+Lungs",
    "HeartAndGreatVessels",
    "Great vessels",
    "Pericardium",
    "Herat",
    "Неart",  # the H is Cyrillic
    "LAD_PRV",
    "LAD_prox",
    "LAD_L",
    "LMCA",
    "Ventricle_R",
    "Right Ventricle",
    "Breast_L_boost",
    "Breast_L_opt",
    "PTV_Breast_Eval",
    "CTV_Breast+IMN",
    "PTV breast IMN",
    "CTVn_IMN_L1+SCL",
    "CTV SCL IMN",
    "PTV_IMN_opt",
    "IMN ring",
    "IMN-5mm",
    "CTV_IMN_05",
    "IMN+5",
    "LN_IMN_L_Expand",
    "LN_Paramammary_L",
    "IMA",
    "IMN vessels",
    "MI",
    "L1",
    "PTV",
    "CTV_L",
    "SpinalCanal",
    "Cord_PRV",
    "Body-PTV",
    "Skin",
    "Couch",
    "Artifact",
    "Isodose 50%",
    "Scar",
    "Tumor Bed",
    "Tumor Bed Block",
    "Areola",
    "Borders",
    "",
    " ",
    "_",
    "#",
    "\x00",
    "Heart\u202e",
    "He\u200bart",
    "<b>Heart</b>",
    "=Heart",
    "\ud800",
    "Heart" * 40,
]


@pytest.mark.parametrize(("name", "role", "side"), RIGHT_ONES)
def test_name_has_role_and_side(name, role, side):
    match = match_name(name)
    assert match is not None
    assert (match.role, match.side, match.name) == (role, side, name)


@pytest.mark.parametrize("name", WRONG_ONES)
def test_other_structures_have_no_role(name):
    assert match_name(name) is None


def test_rule_tells_standard_names_from_recognised_words():
    assert match_name("Lung_L").rule == "TG-263 name"
    assert match_name("CTVn_IMN").rule == "ESTRO name"
    assert match_name("lt lung").rule == "words 'lung'"


@pytest.mark.parametrize("name", sorted(vocabulary().exact))
def test_words_agree_with_the_standards(name):
    """A standard name in another case takes the path of words and must arrive at the same role and side."""
    exact, by_words = match_name(name), match_name(name.upper())
    assert by_words is not None
    assert (by_words.role, by_words.side) == (exact.role, exact.side)


@pytest.mark.parametrize("entry", vocabulary().entries, ids=lambda e: e.role.value)
def test_no_phrase_belongs_to_two_roles(entry):
    """Only a target shares its phrases with the organ it is a part of, and a volume word tells them apart."""
    for phrase in entry.phrases:
        owners = {e.role for e in vocabulary().entries if phrase in e.phrases and e.kind != "primary"}
        assert owners <= {entry.role} or entry.kind == "primary"


def test_guarded_phrases_are_phrases():
    assert all(entry.guarded <= set(entry.phrases) for entry in vocabulary().entries)


def test_mentions_suggests_without_deciding():
    assert mentions("Heart_PRV", Role.HEART)
    assert mentions("zHeart", Role.HEART)
    assert not mentions("Lung_L", Role.HEART)


@given(st.text(max_size=80))
@example("l r lung")
@example("\ud800\udfff")
def test_any_text_has_at_most_one_role(name):
    match = match_name(name)
    assert match is None or (match.name == name and isinstance(match.role, Role))


_LEFT_WORDS = st.sampled_from(["l", "lt", "left", "L", "Left", "li", "links"])
_RIGHT_WORDS = st.sampled_from(["r", "rt", "right", "R", "Right", "re", "rechts"])
_BASES = st.sampled_from(["lung", "Lung", "breast", "ctv imn", "CTVn_IMN", "Chestwall"])
_JOIN = st.sampled_from([" ", "_", "-", ".", "  ", " _ "])


@given(_BASES, _LEFT_WORDS, _RIGHT_WORDS, _JOIN, st.booleans())
def test_sides_are_never_confused(base, left, right, join, before):
    def name(side):
        return f"{side}{join}{base}" if before else f"{base}{join}{side}"

    assert match_name(name(left)).side is Side.LEFT
    assert match_name(name(right)).side is Side.RIGHT
    assert match_name(name(left) + join + right) is None  # contradictory unless something joins them
    assert match_name(f"{base} {left}+{right}").side is Side.BOTH


@given(_BASES, st.text(alphabet="abcdefghijkmnopqstuvwxyz", min_size=1, max_size=6))
def test_an_unknown_word_takes_the_role_away(base, word):
    if word not in vocabulary().known:
        assert match_name(f"{base}_{word}") is None
