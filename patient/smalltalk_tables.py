"""Small talk that comes in tables: one question form, many words.

Each `Table` holds words and what is said of them; `heldout` forms score and are never trained.
"""

from dataclasses import dataclass

from patient.phrases import Forms


@dataclass(frozen=True)
class Table:
    """Question forms over `{x}` and one answer form over `{x}` and `{y}`."""

    attribute: str
    forms: Forms
    answer: str
    rows: dict[str, str]


def _rows(text: str) -> dict[str, str]:
    """'key=value; key=value' as a dictionary."""
    return dict(tuple(part.strip().split("=")) for part in text.split(";") if part.strip())  # type: ignore[misc]


def _steps(names: list[str], step: int) -> dict[str, str]:
    """Each name of a cycle with the name `step` places on."""
    return {name: names[(place + step) % len(names)] for place, name in enumerate(names)}


DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)

TABLES = (
    Table("capital", Forms(
        ("What is the capital of {x}?", "Which city is the capital of {x}?"),
        ("Tell me the capital of {x}.",)), "The capital of {x} is {y}.", _rows("""
        France=Paris; Spain=Madrid; Italy=Rome; Portugal=Lisbon; Germany=Berlin; Austria=Vienna;
        Poland=Warsaw; Greece=Athens; Norway=Oslo; Sweden=Stockholm; Finland=Helsinki;
        Denmark=Copenhagen; Ireland=Dublin; Hungary=Budapest; Belgium=Brussels; Romania=Bucharest;
        Bulgaria=Sofia; Croatia=Zagreb; Iceland=Reykjavik; Latvia=Riga; Egypt=Cairo; Kenya=Nairobi;
        Morocco=Rabat; Ghana=Accra; Ethiopia=Addis Ababa; Senegal=Dakar; Japan=Tokyo; China=Beijing;
        Thailand=Bangkok; Vietnam=Hanoi; Nepal=Kathmandu; Iran=Tehran; Iraq=Baghdad; Peru=Lima;
        Chile=Santiago; Cuba=Havana; Canada=Ottawa; Colombia=Bogota; Ecuador=Quito;
        Australia=Canberra""")),
    Table("opposite", Forms(
        ("What is the opposite of {x}?", "Which word means the opposite of {x}?"),
        ("Tell me the opposite of {x}.",)), "The opposite of {x} is {y}.", _rows("""
        hot=cold; big=small; tall=short; early=late; open=closed; full=empty; heavy=light; dry=wet;
        rich=poor; young=old; loud=quiet; soft=hard; clean=dirty; near=far; high=low; thick=thin;
        strong=weak; wide=narrow; day=night; left=right; up=down; inside=outside; begin=end;
        win=lose; love=hate; friend=enemy; answer=question; always=never; brave=afraid; sharp=blunt;
        sweet=sour; cheap=expensive; easy=difficult; safe=dangerous; true=false; push=pull;
        buy=sell; laugh=cry; arrive=leave; remember=forget""")),
    Table("colour", Forms(
        ("What colour is {x}?", "What is the colour of {x}?", "Which colour does {x} have?"),
        ("Tell me the colour of {x}.",)), "The colour of {x} is {y}.", _rows("""
        snow=white; grass=green; a lemon=yellow; coal=black; blood=red; a carrot=orange;
        the sky=blue; chocolate=brown; a tomato=red; a flamingo=pink; an elephant=grey;
        a raven=black; milk=white; a lime=green; a banana=yellow; an orange=orange; a swan=white;
        ash=grey; mud=brown; a cherry=red; a plum=purple; spinach=green; honey=golden;
        the sea=blue; a polar bear=white""")),
    Table("plural", Forms(
        ("What is the plural of {x}?", "How do you write the plural of {x}?"),
        ("Tell me the plural of {x}.",)), "The plural of {x} is {y}.", _rows("""
        goose=geese; tooth=teeth; foot=feet; child=children; ox=oxen; person=people; wolf=wolves;
        leaf=leaves; knife=knives; city=cities; baby=babies; box=boxes; potato=potatoes;
        sheep=sheep; deer=deer; woman=women; loaf=loaves; cactus=cacti; shelf=shelves;
        berry=berries; fish=fish; hero=heroes; thief=thieves; louse=lice""")),
    Table("past tense", Forms(
        ("What is the past tense of {x}?", "How do you write {x} in the past tense?"),
        ("Tell me the past tense of {x}.",)), "The past tense of {x} is {y}.", _rows("""
        go=went; sing=sang; swim=swam; run=ran; eat=ate; drink=drank; write=wrote; see=saw;
        take=took; give=gave; bring=brought; think=thought; teach=taught; catch=caught; fly=flew;
        grow=grew; know=knew; speak=spoke; break=broke; drive=drove; sleep=slept; keep=kept;
        build=built; find=found; hold=held""")),
    Table("young animal", Forms(
        ("What is a young {x} called?", "What do you call a young {x}?"),
        ("Tell me what a young {x} is called.",)), "A young {x} is called a {y}.", _rows("""
        dog=puppy; horse=foal; sheep=lamb; goat=kid; pig=piglet; duck=duckling; bear=cub;
        hen=chick; swan=cygnet; goose=gosling; kangaroo=joey; deer=fawn; eagle=fledgling;
        frog=tadpole; hare=leveret; seal=pup; whale=calf; trout=fry; owl=hatchling; cat=kitten""")),
    Table("animal sound", Forms(
        ("What sound does a {x} make?", "Which sound does a {x} make?"),
        ("Tell me what sound a {x} makes.",)), "A {x} {y}.", _rows("""
        cow=moos; duck=quacks; lion=roars; snake=hisses; bee=buzzes; horse=neighs; wolf=howls;
        pig=grunts; frog=croaks; sheep=bleats; dove=coos; mouse=squeaks; donkey=brays;
        rooster=crows; cricket=chirps; hyena=laughs""")),
    Table("tool", Forms(
        ("What is a {x} used for?", "What do people use a {x} for?"),
        ("Tell me what a {x} is used for.",)), "A {x} is used for {y}.", _rows("""
        hammer=driving nails; saw=cutting wood; ladder=climbing up; broom=sweeping floors;
        spade=digging holes; needle=sewing clothes; kettle=boiling water; compass=finding north;
        telescope=watching stars; thermometer=measuring temperature; umbrella=staying dry;
        torch=seeing in the dark; ruler=drawing straight lines; comb=tidying hair;
        corkscrew=opening bottles; anchor=holding a ship; fork=lifting food; towel=drying hands""")),
    Table("continent", Forms(
        ("On which continent is {x}?", "Which continent is {x} on?"),
        ("Tell me which continent {x} is on.",)), "{x} is in {y}.", _rows("""
        Brazil=South America; Argentina=South America; India=Asia; Mongolia=Asia; Nigeria=Africa;
        Tanzania=Africa; Mexico=North America; Switzerland=Europe; Scotland=Europe; Korea=Asia;
        Zambia=Africa; Bolivia=South America; Uruguay=South America; Malaysia=Asia; Mali=Africa;
        Wales=Europe""")),
    Table("next day", Forms(
        ("Which day comes after {x}?", "What day follows {x}?"), ("What day comes after {x}?",)),
        "After {x} comes {y}.", _steps(DAYS, 1)),
    Table("day before", Forms(
        ("Which day comes before {x}?", "What day is right before {x}?"),
        ("What day comes before {x}?",)), "Before {x} comes {y}.", _steps(DAYS, -1)),
    Table("next month", Forms(
        ("Which month comes after {x}?", "What month follows {x}?"),
        ("What month comes after {x}?",)), "After {x} comes {y}.", _steps(MONTHS, 1)),
    Table("month before", Forms(
        ("Which month comes before {x}?", "What month is right before {x}?"),
        ("What month comes before {x}?",)), "Before {x} comes {y}.", _steps(MONTHS, -1)),
)
