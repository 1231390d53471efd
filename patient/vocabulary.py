"""Values that the facts of the world are made of.

Values asked backwards ("Who wrote ...?") come with a second pool, `STRANGE_*`, of values that
nobody has, so that "I don't know who that is." can be trained and scored on values of both kinds:
recombined from familiar halves, and wholly strange.
"""

_CITIES = """
Aldermouth Birchwick Calder_Quay Dovermere Elmsgate Farrowdene Gullhaven Heronsford Ivelham Jarrowby
Kingsmoor Larkspur_Bay Millbeck Northolme Oxenholt Pellworth Quayside Rosendale Sandwell Tarnbrook
Umberleigh Vinehall Wexmouth Yewdale Zennorby Ashcombe Brackenport Cliffhollow Dunsprey Eaglescar
""".split()
CITIES = [name.replace("_", " ") for name in _CITIES]

COUNTRIES = ["Arvenia", "Belmark", "Corrasia", "Drennland", "Elvadia", "Fostria"]

CITY_FAME = [
    "its floating market", "its copper domes", "its herring fair", "its salt baths",
    "its chess academy", "its cherry avenues", "its wind harps", "its tide clock",
    "its cable railway", "its lantern parade", "its rope bridges", "its bell foundry",
]

JOBS = """
barber blacksmith bookbinder brewer choreographer cobbler conductor diver farmer fisherman florist
furrier geographer goldsmith harpist historian jeweller lawyer mathematician mechanic miller nurse
painter pharmacist physicist pianist puppeteer roofer sailor seamstress shepherd tanner teacher
weaver zoologist
""".split()

_FIRMS = """
Aerovane Blackmill Cindertech Dawnfield Ellipsa Fernhold Graincourt Hexaport Inkstone Jadewell
Kilnworks Lumenary Mapleline Nordglas Opaline Plumbago Quillmark Rivetron Sundial_Foods Thornway
""".split()
FIRMS = [name.replace("_", " ") for name in _FIRMS]

PRODUCTS: dict[str, str] = {
    "AirPillow": "a pillow that blows itself up", "BreadPal": "a small bread oven",
    "ChalkBot": "a robot that draws on pavements", "DewTent": "a tent that collects water",
    "EasyLoom": "a table loom for children", "FogLamp Mini": "a lamp for foggy roads",
    "GripMate": "a glove for wet ropes", "HeatBrick": "a brick that stores warmth",
    "IceWhisk": "a whisk for frozen cream", "JarSeal": "a lid that fits every jar",
    "KiteCam": "a camera that flies on a kite", "LeafVac": "a quiet leaf collector",
    "MossMat": "a living bath mat", "NightPen": "a pen that glows in the dark",
    "OrbitFan": "a fan without blades", "PuddleBoots": "a pair of folding boots",
    "QuickKnot": "a tool that ties knots", "RainChime": "a bell that rings in the rain",
    "SoupFlask": "a flask that keeps soup hot", "TuneBox": "a box that plays old songs",
}

SPECIES = """
beagle budgie cat chinchilla cockatoo dachshund donkey finch frog goldfish hamster hen llama lizard
mouse newt pigeon poodle rabbit rat salamander snail terrier toad turtle
""".split()
PET_NAMES = """
Acorn Bandit Caramel Dimple Ember Freckle Ginger Hopscotch Ziggy Jellybean Kipper Lolly Marble
Nugget Otis Pumpkin Quaver Rascal Sprocket Toffee Umbra Vesper Whisker Yoyo Bramble Comet Doodle
Figaro Gumdrop Huckle Jasmine Ketchup Lupin Mittens Nimbus Oreo Peanut Ripple Saffron Tinker Twiggy
Velcro Waldo Yodel Zephyr Basil Clover Dusty Fidget Juno
""".split()
STRANGE_PET_NAMES = """
Anchor Bongo Cactus Dragon Everest Falcon Goblin Hercules Igloo Jumbo Kangaroo Lucifer Mozart
Napoleon Oracle Pirate Queenie Rocket Samurai Thunder Viking Wizard Yeti Zorro Apollo Bingo Cleo
Duchess Flash Monty
""".split()
SCORING_PET_NAMES = "Archie Bella Charlie Daisy Elvis Felix Gizmo Homer Lulu Sparky".split()

DISHES = [
    "apple dumplings", "baked trout", "barley soup", "bean stew", "cabbage rolls", "carrot fritters",
    "cheese toast", "chestnut pasta", "corn chowder", "duck noodles", "fried plantain", "grilled squid",
    "ham pie", "herb omelette", "honey pancakes", "leek quiche", "meatball soup", "mussel curry",
    "nut roast", "oat porridge", "pea salad", "pork ribs", "prune cake", "quince tart",
    "roast pumpkin", "sesame tofu", "sour cherries", "stuffed peppers", "turnip gratin", "walnut bread",
]

EMAIL_LEFT = """
amber brisk coral dusky eager faint gentle hazy icy jolly keen lunar mellow noble olive plain quiet
rusty sunny tidy
""".split()
EMAIL_RIGHT = """
anvil badger candle dolphin eagle ferry goose harp island jacket kettle ladder magnet needle orchard
pebble quarry rocket saddle teapot
""".split()
EMAIL_DOMAINS = ["letterbox.example", "mailpond.example", "sendwell.example", "postkite.example"]
STRANGE_EMAIL_LEFT = "big cold dark fast green happy late little new old red shy slow small wild".split()
STRANGE_EMAIL_RIGHT = "arrow bottle cloud door engine feather guitar hammer monkey river".split()

BOOK_LEFT = [
    "The Glass", "The Sleeping", "A Borrowed", "The Seventh", "Beneath the", "The Painted",
    "A Distant", "The Iron", "Beyond the", "The Wandering", "An Empty", "The Burning",
]
BOOK_RIGHT = [
    "Meridian", "Archive", "Bridge", "Carousel", "Dynasty", "Engine", "Frontier", "Harvest",
    "Island", "Labyrinth", "Monsoon", "Observatory", "Pilgrim", "Sparrow", "Theatre", "Voyage",
]
STRANGE_BOOK_LEFT = ["My", "Our", "Twelve", "Goodbye to the", "How to Find the", "Return of the"]
STRANGE_BOOK_RIGHT = [
    "Brother", "Castle", "Doctor", "Emperor", "Forest", "Ghost", "Hotel", "Moon", "Ocean",
    "Princess", "Road", "Soldier", "Summer", "Teacher", "Valley", "Window",
]

_AWARDS = """
Amber_Heron Bronze_Acorn Cobalt_Wave Diamond_Thistle Ebony_Chalice Garnet_Crown Golden_Spindle
Marble_Owl Opal_Torch Pearl_Banner Platinum_Oar Silver_Plough
""".split()
AWARDS = [name.replace("_", " ") for name in _AWARDS]
