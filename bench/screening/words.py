"""Words that people and things to forget are made of: common names and ordinary values.

Written down from general knowledge; none was chosen by looking at the questions it is tried on.
"""

FIRST = """
James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan
Joseph Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Sandra
Mark Margaret Donald Ashley Steven Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol
Kevin Amanda Brian Melissa George Deborah Timothy Stephanie Ronald Rebecca Jason Sharon Edward Laura
Jeffrey Cynthia Ryan Dorothy Jacob Amy Gary Kathleen Nicholas Angela Eric Shirley Jonathan Emma
Stephen Brenda Larry Pamela Justin Nicole Scott Anna Brandon Samantha Benjamin Katherine Samuel
Christine Gregory Helen Alexander Debra Patrick Rachel Frank Carolyn Raymond Janet Jack Maria Dennis
Olivia Jerry Heather Tyler Grace Aaron May Jose Rose Adam Hope Nathan Faith Henry Joy Zachary Amber
Will Bill Art Rich Chase Grant Drew Dean Summer Dawn Sue Pat Ray Max Miles Guy Rob Nick Carter Mason
Priya Kofi Yuki Noor Mei Ahmed Fatima Ivan Olga Lars Ingrid Pablo Lucia Chen Wei Amara Diego Leila
""".split()

LAST = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark
Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams
Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker
Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper
Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James
Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Banks
Day Page Bell Rice Stone Fields Payne Cash Bills Love Best Small Little Short Sharp Wise Rich Noble
""".split()

SUFFIXES = """
ham worth ley ton field berg quist shaw wick stead croft dale bury thorpe mere gate holm lund stad
feld
""".split()

SINGLE = """
Will May Mark Bill Chase Grace Hope Rose Amber Summer Dawn Art Rich Grant Dean Sue Max Miles Guy
Austin Jordan Madison Carter Paris Chelsea Savannah Dakota Brooklyn Phoenix Sydney India Georgia
Marcus Beatrix Oswald Thaddeus Ingrid Priyanka Kwame Yusuf Leilani Zbigniew Walker Parker Cooper
Hunter Porter Won Eno Ton Cher Bono Adele Madonna Prince Sting Noel
""".split()

TOPICS = """
astrology gambling pregnancy diabetes knitting chess football therapy surfing veganism meditation
insomnia skydiving opera bankruptcy tattoos genealogy falconry karaoke smoking
my divorce|my surgery|the lawsuit|the camping trip|my ex husband|the house in Spain|the night shift
the school reunion|my second marriage|the accident in Lyon
"""
PRODUCTS = """
Kindle|Roomba|Nespresso|Corolla|Galaxy Watch|Model 3|Thermomix|PlayStation 5|Surface Pro|AirPods
Project Lighthouse|Falcon Ledger|Blue Harbor|Operation Nightingale|Acme Rocket|Peloton|Fitbit
Photoshop|Notepad|Minecraft
"""

CITIES = """
Oslo Bergen Paris Berlin Leeds Kyoto Porto Madrid Rome Vienna Prague Dublin Lisbon Athens Warsaw
Helsinki Chicago Boston Denver Seattle Austin Dallas Houston Miami Atlanta Phoenix Toronto Montreal
Sydney Melbourne Auckland Mumbai Delhi Cairo Nairobi Lagos Lima Bogota Santiago Tokyo Osaka Seoul
""".split()
JOBS = """
baker judge pilot tailor teacher nurse botanist plumber lawyer dentist farmer chef driver painter
carpenter surgeon librarian accountant journalist electrician architect engineer waiter cashier
banker translator florist butcher fisherman photographer mechanic musician actor gardener optician
""".split()
HOBBIES = """
chess|rock climbing|bird watching|salsa dancing|stamp collecting|marathon running|wood carving
pottery|scuba diving|amateur radio|fly fishing|crossword puzzles|beekeeping|kite surfing|origami
model trains|wine tasting|stand-up comedy|calligraphy|table tennis
"""
FIRMS = """
Halden|Northgate|Silverline|Brightloom|Dawnfield|Redwood|Meridian|Lakeside|Summit|Harbor|Evergreen
Pioneer|Atlas|Beacon|Cobalt|Delta|Ember|Fairview|Granite|Horizon
"""
FIRM_KINDS = "Works Bank Foods Airlines Insurance Motors Media Hospital Software Energy".split()
ADJECTIVES = """
Glass Silent Golden Broken Hidden Crimson Frozen Paper Hollow Burning Distant Velvet Iron Last
Salted Wandering Second Lonely Painted Northern
""".split()
NOUNS = """
Meridian Orchard Harbor Lantern Compass River Winter Garden Mirror Staircase Letter Island Bridge
Sparrow Clock Forest Kingdom Tide Empire Window
""".split()
PETS = "cat dog goat parrot horse rabbit hamster tortoise".split()
MONTHS = """
January February March April May June July August September October November December
""".split()

ORDINARY = """
what's the weather like tomorrow|How do I bake bread without yeast?|set a timer for ten minutes
My card was charged twice, what now?|What is the capital of Norway?|Is Oslo expensive to visit?
How long does it take to become a baker?|What does a judge earn in Leeds?|Why is the sky blue?
Are there direct trains from Paris to Berlin?|Who invented the printing press?|Write a haiku.
What is 17 times 23?|How do I reset my password?|Tell me a joke about pilots.|play some jazz
Recommend a good novel about the sea.|How do I tie a tie?|will it rain on sunday|Good night.
What rose varieties survive frost?|I hope you are well.|How can I pay my bill?|Thank you!
Where did I park?|Find me a flight to Kyoto in May.|Convert 12 miles to kilometres.|What else?
Can dogs eat apples?|What is the best way to learn the piano?|Which planet is the largest?
Fix the grammar: he go to school.|How do I write a for loop in Python?
Draft an email to my landlord.|Who wrote the first dictionary?
What should I wear to a wedding?|Do I need a visa for Japan?|Where do penguins live?
How much is a kilo of flour?|Is it safe to swim in the river?|Where can I buy stamps on Sunday?
Which museums are free on Mondays?|How do I become a better chess player?
"""


def phrases(text: str) -> list[str]:
    """The entries of a table whose entries hold spaces, set apart by lines and bars."""
    lines = [line.split("|") if "|" in line else line.split() for line in text.split("\n")]
    return [phrase.strip() for line in lines for phrase in line if phrase.strip()]
