"""Pools of first and last names.

The people of the world take both halves of their names from `FIRST` and `LAST`; every half is used
twice, so a stranger with two familiar halves is the hard case. The other pools name spouses and
strangers. The pools are disjoint, and the `SCORING_*` pools never occur in training.
"""

FIRST = """
Marcus Adela Bruno Celia Dario Edda Fergus Gilda Hector Ines Joachim Kira Lionel Mirela Norbert
Odette Piers Renata Silas Thora Ulric Vesna Wilfred Xenia Yannick Zora Alban Britta Casimir Dulcie
Emeric Freya Gideon Hedda Ismael Jolanda Konrad Lavinia Matthias Nadine Osric Petra Ragnar Solveig
Tilda Urban Valeska Winston Ysabel Zeno
""".split()

LAST = """
Feld Abernathy Bellweather Corrigan Dallimore Eastwick Fothergill Gallowglass Haverstock Illingworth
Jerrold Kestle Lanyon Mossgrove Nettleship Orford Penhallow Quennell Rookwood Summerton Trevanion
Upwood Varley Wainscott Yelland Zeller Applegarth Blackthorn Carrick Draycott Elphick Fenwright
Grimshaw Holloway Inkpen Jessop Kettering Loxley Marchbank Norcross Oldacre Pomfret Ridgeway
Stanhope Tolliver Underwood Vexley Wetherby Yarborough Zelenka
""".split()

SPOUSE_FIRST = """
Agatha Benedict Clarissa Desmond Eleanor Ferdinand Gwendolyn Horace Iris Julian Katinka Laurence
Minna Nigel Ophelia Philippa Quincy Rosalind Stefan Theodora Ursel Vincent Wilhelmina Yvette Zachary
Anton Beatrice Cosima Dietrich Estelle Frederica Gunther Harriet Ivo Josephine Kaspar Leonora
Maximilian Nicolette Otto
""".split()

SPOUSE_LAST = """
Prell Ashby Bowditch Cavell Dunstan Everard Flanders Gresham Hazeldine Isley Jolliffe Kimber Ludlow
Maddox Nansen Ormond Pickering Quimby Rushton Sedgwick Thackeray Unwin Vickery Winslow Yorke
Attwood Brandt Coverdale Devlin Esterhazy Farnham Godwin Hobday Ingleby Jarvis Keswick Lovell Merton
Neville Osgood
""".split()

COMMON_FIRST = """
John Mary James Linda Robert Susan Michael Karen David Nancy William Betty Richard Helen Thomas
Sandra Charles Donna Daniel Carol Matthew Ruth Anthony Sharon Donald Laura Steven Amy Paul Anna
Andrew Emma Joshua Olivia Kenneth Sophie Kevin Grace Brian Chloe George Alice Edward Hannah Ronald
Julia Timothy Megan Jason Claire Jeffrey Rachel Ryan Diana Jacob Monica Gary Teresa Eric Gloria
Jonathan Lucy Stephen Rose Larry Irene Justin Martha Scott Judith Brandon Cheryl Samuel Jean Gregory
Alan Patrick Frances Jack Joan Dennis Evelyn Jerry Maria Carlos Sofia Luis Elena Pedro Lucia Ahmed
Fatima Omar Leila Ali Yasmin Wei Mei Hiroshi Yuki Raj Priya Arjun Anita Ivan Olga Sergei Natasha Lars
Ingrid Sven Astrid Pierre Camille Giovanni Paola Hans Greta Kwame Abena Chidi Ngozi Tomas Eva Adam
Ella Max Nora Leo Mia Ben Zoe Sam Kate Tom Jane Nick Rita Peter Clara Mark Vera Luke Ida Simon Nina
""".split()

COMMON_LAST = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark
Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams
Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker
Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper
Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood Bennett
Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez Powell
Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Fisher Vasquez Simmons Graham
Murray Ford Castro Marshall Owens Harrison Fernandez Woods Kennedy Wells Chen Wang Singh Khan Ali
Tanaka Suzuki Ivanov Popov Novak Kowalski Schmidt Weber Rossi Bianchi Dubois Laurent Silva Santos
Jansen Larsen Nilsson Okoye Mensah Cohen Levy Haddad Rahman Das
""".split()

SCORING_FIRST = """
Barbara Gilbert Denise Roger Phyllis Arthur Janice Walter Marilyn Bruce Kathleen Eugene Doris Philip
Theresa Wayne Lori Keith Bonnie Terry Miguel Rosa Andrei Katya Kenji Akiko Amina Tariq Henrik Johanna
""".split()

SCORING_LAST = """
Griffin Hayes Bryant Gibson Hunt Palmer Stone Dixon Burke Hopkins Ferguson Lawson Knight Spencer
Carroll Bishop Porter Walsh Franklin Wallace Romero Vargas Petrov Sokolov Sato Ito Abdi Farouk Holm
Keller
""".split()

SYLLABLES = """
ba ben bil bor da del dim dro fa fen fil gor gra hal hem jin jo kal ken kru la lem lo mar mel mo na
nev nor o pa pel pri ra ren ro sa sel sto ta tel tor u val ven vor wa wil yo zan zel
""".split()
